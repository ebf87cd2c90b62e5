/**
 * DynamoDB in process: a real document client whose requests are answered from memory, with what they would be billed.
 *
 * Job: stand in for the service where its units and the number of its answers count, or where there is no emulator.
 * In: what the stores send, as JSON on the wire. Out: the wire's answers, and `take()`: units, calls and rounds.
 * One table, whatever its name; keys `pk` and `sk` of ASCII text. No throttling, no time to live, no latency.
 * Fails: an operation, member or expression that no store uses is an error, never guessed.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoClient } from '../../../functions/adapters/dynamodb/table/client.ts';
import { createHandler, type Rounds } from './handler.ts';
import { createMeter, type Usage } from './meter.ts';
import { createOperations } from './operations.ts';
import { createRows } from './rows.ts';

export type DynamoUsage = Usage & ReturnType<Rounds['take']>;

export interface DynamoModel {
  readonly client: DynamoDBDocumentClient;
  /** What came together since the last time. */
  take(): DynamoUsage;
}

export function createDynamoModel(): DynamoModel {
  const meter = createMeter();
  const handler = createHandler(createOperations(createRows(), meter));
  const client = dynamoClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
    requestHandler: handler,
  });
  return { client, take: () => ({ ...meter.take(), ...handler.take() }) };
}
