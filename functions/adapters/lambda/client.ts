/** The Lambda client of a process. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { sdkOptions } from '../sdk-options.ts';

export const lambdaClient = (): LambdaClient =>
  new LambdaClient(sdkOptions({ requestTimeoutMs: 5_000, attempts: 3 }));
