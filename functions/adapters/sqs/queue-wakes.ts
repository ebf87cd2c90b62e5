/**
 * Wakes that travel through standard queues: those of the reconcile loop, and the ticks of seconds 15, 30 and 45.
 * SQS may deliver twice or late; a wake carries no facts, so both are harmless. A failed send is thrown to the caller, who
 * may go on all the same: the next tick looks anyway.
 */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { ForbiddenError, ThrottledError, UnavailableError } from '../../usecases/errors.ts';
import type { Wakes } from '../../usecases/ports.ts';
import { isRefusal, isThrottle, isUnavailable, sdkError } from '../sdk-error.ts';
import type { WakeBody } from '../wake-body.ts';

/** SQS: a message may be delayed by at most 15 minutes. */
export const DELAY_SECONDS_MAX = 900;

export interface QueueWakesOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly clock: { nowMs(): number };
  /** Asked at each send: how many passes woke each other so far. */
  readonly hop?: () => number | undefined;
}

export const sqsReconcileWake = (options: QueueWakesOptions): Pick<Wakes, 'reconcile'> => ({
  reconcile: (why, delaySeconds = 0) => send(options, { why }, delaySeconds),
});

/** The body says which quarter of the minute it is; the message is delayed until then. */
export const sqsTicks = (options: QueueWakesOptions): Pick<Wakes, 'tick'> => ({
  tick: (second) => send(options, { why: 'tick', second }, second),
});

const send = async (
  { client, queueUrl, clock, hop }: QueueWakesOptions,
  wake: Pick<WakeBody, 'why' | 'second'>,
  delaySeconds: number,
): Promise<void> => {
  const hops = hop?.();
  const body: WakeBody = { ...wake, sentAtMs: clock.nowMs(), ...(hops === undefined ? {} : { hop: hops }) };
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: JSON.stringify(body),
    DelaySeconds: Math.min(Math.max(Math.ceil(delaySeconds), 0), DELAY_SECONDS_MAX),
  });
  try {
    await client.send(command);
  } catch (error) {
    throw classifyError(error);
  }
};

/** SQS answers "too fast" also for FIFO and KMS limits; ours has neither, so throttling is the account's. */
export const classifyError = (thrown: unknown): unknown => {
  const { code, message } = sdkError(thrown);
  if (isThrottle(code)) return new ThrottledError(`SQS throttles (${code})`, { cause: thrown });
  if (isRefusal(code)) return new ForbiddenError(`SQS refuses: ${message}`, { cause: thrown });
  if (isUnavailable(thrown)) return new UnavailableError(`SQS does not answer (${code})`, { cause: thrown });
  return thrown;
};
