/**
 * The stack of everything that Lambda calls for its effect: rules, schedules, asynchronous invocations.
 * Whatever the handler throws is logged and thrown again, so that Lambda's retries and alarms see it.
 */
import middy from '@middy/core';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { addRequestId, invocationOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

export interface ScheduleOptions {
  readonly logger: Logger;
  readonly handle: (event: unknown, invocation: Invocation) => Promise<void>;
}

export const schedule = ({ logger, handle }: ScheduleOptions) =>
  middy<unknown, undefined>()
    .use(addRequestId(logger))
    .onError(({ error }) => {
      logger.error('invocation failed', { error });
    })
    .handler(async (event: unknown, context: Context): Promise<undefined> => {
      await handle(event, invocationOf(context));
      return undefined;
    });
