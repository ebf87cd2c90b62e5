/** Stores over the emulator's DynamoDB: every case gets a table of its own, made as the CDK app makes it. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoOptions } from '../../functions/adapters/dynamodb/table/table.ts';
import type { Implementation } from './contract.ts';
import { clientOptions } from './client-options.ts';
import { startMinistack } from './ministack.ts';

export const overDynamo = <Subject>(
  name: string,
  make: (options: DynamoOptions) => Subject,
): Implementation<Subject> => ({
  name,
  open: async () => {
    const emulator = await startMinistack();
    const raw = new DynamoDBClient(clientOptions(emulator));
    const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
    let tables = 0;
    return {
      fresh: async () => {
        const table = `case-${(tables += 1)}`;
        await createTable(raw, table);
        return make({ client, table });
      },
      close: async () => {
        client.destroy();
        raw.destroy();
        await emulator.stop();
      },
    };
  },
});

const createTable = (client: DynamoDBClient, table: string): Promise<unknown> =>
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
