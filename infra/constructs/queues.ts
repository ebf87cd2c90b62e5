/**
 * The two polled queues: `wake` wakes `reconcile`, `tick` carries the delayed ticks of a minute.
 *
 * Standard, not FIFO: loops are single-flight by lease, so order and exactly-once are not needed, and a FIFO group
 * would stand still for the visibility timeout after one failed pass. No third polled queue: an idle event-source
 * mapping makes about 648,000 requests a month.
 */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
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
    this.#tellOf(deadLetters, name);
    return new Queue(this, name, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: VISIBILITY,
      retentionPeriod: WAKE_RETENTION,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 },
    });
  }
  /**
   * A wake that failed three times is made up for by the next tick, so nothing is lost; but something fails again and
   * again, and somebody should look. The alarm names no receiver: rules on its state change are the account's to add.
   */
  #tellOf(deadLetters: Queue, name: string): void {
    new Alarm(this, `${name}DeadLettersAlarm`, {
      alarmDescription: `Berth: wakes of the ${name.toLowerCase()} queue failed three times. The function's log says why; the next tick repeats the work.`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
