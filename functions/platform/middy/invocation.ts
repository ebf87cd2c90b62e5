/** What each stack hands to its handler of Lambda's context, and the lines that every stack logs. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';

export interface Invocation {
  readonly requestId: string;
  /** Until Lambda ends this invocation. A pass stops well before. */
  remainingMs(): number;
}

export const invocationOf = (context: Context): Invocation => ({
  requestId: context.awsRequestId,
  remainingMs: () => context.getRemainingTimeInMillis(),
});

/** Every line of an invocation carries its request id. */
export const addRequestId = (logger: Logger) => ({
  before: ({ context }: { context: Context }): void => {
    logger.resetKeys();
    logger.appendKeys({ requestId: context.awsRequestId });
  },
});

export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
