/** The DynamoDB client of a process: made once, kept warm. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { sdkOptions } from '../../sdk-options.ts';

/** DynamoDB answers in milliseconds; a second attempt on a new connection beats a long wait on a dead one. */
const REQUEST_TIMEOUT_MS = 3_000;
const ATTEMPTS = 4;

/** `over`: what is not to come from the environment. */
export const dynamoClient = (over: DynamoDBClientConfig = {}): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      ...sdkOptions({ requestTimeoutMs: REQUEST_TIMEOUT_MS, attempts: ATTEMPTS }),
      ...over,
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
