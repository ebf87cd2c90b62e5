/** The SQS client of a process. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { sdkOptions } from '../sdk-options.ts';

export const sqsClient = (): SQSClient =>
  new SQSClient({
    ...sdkOptions({ requestTimeoutMs: 5_000, attempts: 3 }),
    // By default the client talks to the host in the queue's URL, past the endpoint that the environment names.
    useQueueUrlAsEndpoint: false,
  });
