/**
 * The two polled queues: `wake` wakes `reconcile`, `tick` carries the delayed ticks of a minute.
 *
 * Standard, not FIFO: loops are single-flight by lease, so order and exactly-once are not needed, and a FIFO group
 * would stand still for the visibility timeout after one failed pass. No third polled queue: an idle event-source
 * mapping makes about 648,000 requests a month.
 */
import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Functions that consume a queue time out after this at the latest; AWS asks for a visibility of six times that. */
export const CONSUMER_TIMEOUT = Duration.seconds(60);
const VISIBILITY = Duration.seconds(6 * CONSUMER_TIMEOUT.toSeconds());

/** A wake is a hint: after this the ticks have long done its work. */
const WAKE_RETENTION = Duration.hours(1);

export class Queues extends Construct {
  readonly wake: Queue;
  readonly tick: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.wake = this.#queueWithDeadLetters('Wake');
    this.tick = this.#queueWithDeadLetters('Tick');
  }

  #queueWithDeadLetters(name: string): Queue {
    const deadLetters = new Queue(this, `${name}DeadLetters`, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    return new Queue(this, name, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: VISIBILITY,
      retentionPeriod: WAKE_RETENTION,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 },
    });
  }
}
