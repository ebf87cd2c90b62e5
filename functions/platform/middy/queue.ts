/**
 * The stack of functions that a queue feeds. Answers with the ids of messages to be delivered again
 * (`ReportBatchItemFailures`):
 *
 * - a body that is not JSON, or that `parse` refuses, is logged and dropped: it would fail for ever;
 * - the handler names messages to give back; whatever it throws gives ALL of them back, because nobody knows how far it
 *   came ("unknown error => return all message ids").
 */
import middy from '@middy/core';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { addRequestId, invocationOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

export interface QueueMessage<Body> {
  readonly id: string;
  readonly sentAtMs: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  readonly body: Body;
}

export interface QueueOptions<Body> {
  readonly logger: Logger;
  /** Null: not a body that we know. */
  readonly parse: (body: unknown) => Body | null;
  /** Returns the ids of messages to give back. */
  readonly handle: (
    messages: readonly QueueMessage<Body>[],
    invocation: Invocation,
  ) => Promise<readonly string[]>;
}

export const queue = <Body>({ logger, parse, handle }: QueueOptions<Body>) =>
  middy<SQSEvent, SQSBatchResponse>()
    .use(addRequestId(logger))
    .handler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
      const messages = event.Records.flatMap((record) => toMessage(record, parse, logger));
      if (messages.length === 0) return giveBack([]);
      try {
        return giveBack(await handle(messages, invocationOf(context)));
      } catch (error) {
        logger.error('batch failed, all of it is given back', { error, messages: messages.length });
        return giveBack(messages.map((message) => message.id));
      }
    });

const giveBack = (ids: readonly string[]): SQSBatchResponse => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

const toMessage = <Body>(
  record: SQSRecord,
  parse: (body: unknown) => Body | null,
  logger: Logger,
): QueueMessage<Body>[] => {
  const body = parseJson(record.body, parse);
  if (body === null) {
    logger.error('message dropped: its body is not understood', {
      messageId: record.messageId,
      body: record.body.slice(0, 200),
    });
    return [];
  }
  return [
    {
      id: record.messageId,
      sentAtMs: Number(record.attributes.SentTimestamp),
      deliveries: Number(record.attributes.ApproximateReceiveCount),
      body,
    },
  ];
};

const parseJson = <Body>(text: string, parse: (body: unknown) => Body | null): Body | null => {
  try {
    return parse(JSON.parse(text));
  } catch {
    return null;
  }
};
