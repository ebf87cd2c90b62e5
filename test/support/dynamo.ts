/**
 * Stores over DynamoDB: the emulator's, where every case gets a table of its own, made as the CDK app makes it, and the
 * model's, which is held to the same cases.
 */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoOptions } from '../../functions/adapters/dynamodb/table/table.ts';
import { inProcess, type Implementation } from './contract.ts';
import { clientOptions } from './client-options.ts';
import { createDynamoModel } from './dynamo-model/dynamo-model.ts';
import { overEmulator } from './over-emulator.ts';

export const overDynamo = <Subject>(
  name: string,
  make: (options: DynamoOptions) => Subject,
): Implementation<Subject>[] => [
  overEmulatorsDynamo(name, make),
  inProcess(`${name} model`, () => make({ client: createDynamoModel().client, table: 'model' })),
];

const overEmulatorsDynamo = <Subject>(
  name: string,
  make: (options: DynamoOptions) => Subject,
): Implementation<Subject> =>
  overEmulator(name, (emulator) => {
    const raw = new DynamoDBClient(clientOptions(emulator));
    const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
    let tables = 0;
    return Promise.resolve({
      fresh: async () => {
        const table = `case-${(tables += 1)}`;
        await createTable(raw, table);
        return make({ client, table });
      },
      close: () => {
        client.destroy();
        raw.destroy();
        return Promise.resolve();
      },
    });
  });

/** A table as the CDK app makes it. */
export const createTable = (client: DynamoDBClient, table: string): Promise<unknown> =>
  client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
