import { describe, expect, it } from '@jest/globals';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { bytesOfItem } from '../../support/dynamo-model/attribute.ts';
import { createDynamoModel } from '../../support/dynamo-model/dynamo-model.ts';
import { parseCondition, parseUpdate } from '../../support/dynamo-model/expressions.ts';
import { CONNECTIONS } from '../../support/dynamo-model/handler.ts';
import { scopeOf } from '../../support/dynamo-model/scope.ts';

const TableName = 'any';
const KIB = 1024;
const key = (sk: string) => ({ pk: 'P', sk });
/** An item that weighs exactly so many bytes. */
const weighing = (bytes: number, sk = 'a') => {
  const bare = bytesOfItem({ pk: { S: 'P' }, sk: { S: sk }, text: { S: '' } });
  return { ...key(sk), text: 'x'.repeat(bytes - bare) };
};
const put = (Item: Record<string, unknown>, more: object = {}) =>
  new PutCommand({ TableName, Item, ...more });
const get = (sk: string) => new GetCommand({ TableName, Key: key(sk), ConsistentRead: true });
const query = (more: object = {}) =>
  new QueryCommand({
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': 'P' },
    ...more,
  });
const NEW = { ConditionExpression: 'attribute_not_exists(pk)' };

describe('conditions', () => {
  const item = { a: { N: '2' }, b: { S: 'two' }, flag: { BOOL: false } };
  const ask = (text: string) =>
    parseCondition(text)(
      item,
      scopeOf({
        ExpressionAttributeNames: { '#a': 'a' },
        ExpressionAttributeValues: { ':two': { N: '2' }, ':ten': { N: '10' }, ':no': { BOOL: false } },
      }),
    );

  it.each([
    ['#a = :two', true],
    ['#a <> :two', false],
    ['#a < :ten', true],
    ['#a <= :two', true],
    ['#a > :ten', false],
    ['#a >= :ten', false],
    ['flag = :no', true],
    ['b = :two', false],
    ['b <> :two', true],
    ['missing = :two', false],
    ['missing < :two', false],
    ['missing <> :two', true],
    ['attribute_exists(#a) AND attribute_not_exists(missing)', true],
    ['attribute_exists(missing) OR #a = :two', true],
    ['#a = :two OR #a = :two AND #a = :ten', true],
    ['(#a = :two OR #a = :two) AND #a = :ten', false],
  ])('%s is %s', (text, expected) => {
    expect(ask(text)).toBe(expected);
  });

  it.each([
    'NOT #a = :two',
    '#a BETWEEN :two AND :ten',
    '#a.b = :two',
    '#a =',
    'size(#a) > :two',
    '#a = :two )',
  ])('does not guess what %s means', (text) => {
    expect(() => ask(text)).toThrow(/DynamoDB model/);
  });

  it('refuses placeholders that stand for nothing', () => {
    expect(() => ask('#b = :two')).toThrow('not defined: #b');
    expect(() => ask('#a = :three')).toThrow('not defined: :three');
  });
});

describe('updates', () => {
  const scope = () => scopeOf({ ExpressionAttributeValues: { ':one': { N: '1' }, ':zero': { N: '0' } } });

  it('set, add and remove, by what was there before', () => {
    const update = parseUpdate(
      'SET fence = if_not_exists(fence, :zero) + :one, owner = :one REMOVE again, till',
    );
    expect(update({ again: { BOOL: true } }, scope())).toEqual({ fence: { N: '1' }, owner: { N: '1' } });
    expect(update({ fence: { N: '41' } }, scope()).fence).toEqual({ N: '42' });
  });

  it('do not guess what they do not know', () => {
    expect(() => parseUpdate('ADD fence :one')).toThrow(/DynamoDB model/);
    expect(() => parseUpdate('SET fence = fence - :one')).toThrow(/DynamoDB model/);
    expect(() => parseUpdate('SET fence = other')({}, scope())).toThrow(/does not exist/);
  });
});

describe('the size of an item', () => {
  it('is that of names and values, with what lists and maps weigh themselves', () => {
    expect(bytesOfItem({ ab: { S: 'é' } })).toBe(4);
    expect(bytesOfItem({ n: { N: '0' } })).toBe(2);
    expect(bytesOfItem({ n: { N: '-1200' } })).toBe(4);
    expect(bytesOfItem({ n: { N: '1795348800123' } })).toBe(9);
    expect(bytesOfItem({ f: { BOOL: true }, g: { NULL: true } })).toBe(4);
    expect(bytesOfItem({ l: { L: [] }, m: { M: {} } })).toBe(8);
    expect(bytesOfItem({ l: { L: [{ S: 'a' }, { S: 'b' }] } })).toBe(8);
    expect(bytesOfItem({ m: { M: { k: { S: 'v' } } } })).toBe(7);
  });
});

describe('units', () => {
  const spent = (model: ReturnType<typeof createDynamoModel>) => {
    const { reads, writes } = model.take();
    return { reads, writes };
  };

  it('of a read are one for each started 4 KB, and one for what is not there', async () => {
    const model = createDynamoModel();
    for (const [bytes, reads] of [
      [4 * KIB, 1],
      [4 * KIB + 1, 2],
    ] as const) {
      await model.client.send(put(weighing(bytes)));
      model.take();
      await model.client.send(get('a'));
      expect(spent(model)).toEqual({ reads, writes: 0 });
    }
    await model.client.send(get('missing'));
    expect(spent(model).reads).toBe(1);
    await model.client.send(new GetCommand({ TableName, Key: key('a') }));
    expect(spent(model).reads).toBe(1);
  });

  it('of a write are one for each started 1 KB of the larger item, before or after', async () => {
    const model = createDynamoModel();
    const costs = async (bytes: number) => {
      await model.client.send(put(weighing(bytes)));
      return spent(model).writes;
    };
    expect([await costs(KIB), await costs(KIB + 1), await costs(100), await costs(100)]).toEqual([
      1, 2, 2, 1,
    ]);
    await model.client.send(put(weighing(3 * KIB)));
    model.take();
    await model.client.send(new DeleteCommand({ TableName, Key: key('a') }));
    await model.client.send(new DeleteCommand({ TableName, Key: key('a') }));
    expect(spent(model)).toEqual({ reads: 0, writes: 3 + 1 });
  });

  it('are spent by a condition that does not hold, and nothing is changed', async () => {
    const model = createDynamoModel();
    await model.client.send(put(weighing(2 * KIB)));
    model.take();
    await expect(model.client.send(put(weighing(3 * KIB), NEW))).rejects.toThrow(
      'The conditional request failed',
    );
    expect(spent(model)).toEqual({ reads: 0, writes: 3 });
    expect((await model.client.send(get('a'))).Item).toEqual(weighing(2 * KIB));
  });

  it('of a query are those of all that a page read, kept or not', async () => {
    const model = createDynamoModel();
    for (let index = 0; index < 10; index += 1) await model.client.send(put(weighing(KIB, `s${index}`)));
    model.take();
    const page = await model.client.send(
      query({
        FilterExpression: '#text = :none',
        ExpressionAttributeNames: { '#text': 'text' },
        ExpressionAttributeValues: { ':pk': 'P', ':none': 'none' },
      }),
    );
    expect([page.Count, page.ScannedCount]).toEqual([0, 10]);
    expect(spent(model)).toEqual({ reads: 3, writes: 0 });
    await model.client.send(query({ ExpressionAttributeValues: { ':pk': 'another' } }));
    expect(spent(model).reads).toBe(1);
  });

  it('of a transaction are twice those of its writes, also when it is cancelled', async () => {
    const model = createDynamoModel();
    await model.client.send(put(weighing(2 * KIB, 'a')));
    await model.client.send(put(weighing(KIB, 'b')));
    model.take();
    const remove = (condition: string) =>
      new TransactWriteCommand({
        TransactItems: [
          { Delete: { TableName, Key: key('a'), ConditionExpression: condition } },
          { Delete: { TableName, Key: key('b') } },
        ],
      });
    await expect(model.client.send(remove('attribute_not_exists(pk)'))).rejects.toMatchObject({
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }],
    });
    expect(spent(model).writes).toBe(6);
    await model.client.send(remove('attribute_exists(pk)'));
    expect(spent(model).writes).toBe(6);
    expect((await model.client.send(query())).Count).toBe(0);
  });

  it('are told by partition, with the calls, once', async () => {
    const model = createDynamoModel();
    await model.client.send(put({ pk: 'one', sk: 'a' }));
    await model.client.send(put({ pk: 'two', sk: 'a' }));
    const usage = model.take();
    expect(usage.calls).toEqual({ PutItem: 2 });
    expect([...usage.byPartition]).toEqual([
      ['one', { reads: 0, writes: 1 }],
      ['two', { reads: 0, writes: 1 }],
    ]);
    expect(model.take()).toMatchObject({ reads: 0, writes: 0, calls: {}, rounds: 0 });
  });
});

describe('pages', () => {
  it('end before they are larger than 1 MB, and go on where they ended', async () => {
    const model = createDynamoModel();
    for (let index = 0; index < 5; index += 1) await model.client.send(put(weighing(300 * KIB, `s${index}`)));
    model.take();
    const first = await model.client.send(query());
    expect(first.Items?.map(({ sk }) => sk as string)).toEqual(['s0', 's1', 's2']);
    expect(first.LastEvaluatedKey).toEqual(key('s2'));
    const second = await model.client.send(query({ ExclusiveStartKey: first.LastEvaluatedKey }));
    expect(second.Items?.map(({ sk }) => sk as string)).toEqual(['s3', 's4']);
    expect(second.LastEvaluatedKey).toBeUndefined();
    expect(model.take().reads).toBe(225 + 150);
  });

  it('hold so many as were asked for, from either end, and the sort keys that were', async () => {
    const model = createDynamoModel();
    for (const sk of ['B#2', 'A#1', 'C#1', 'B#1']) await model.client.send(put({ ...key(sk) }));
    const keys = async (more: object) => {
      const { Items = [], LastEvaluatedKey } = await model.client.send(query(more));
      return [Items.map(({ sk }) => sk as string).join(' '), LastEvaluatedKey?.['sk'] as unknown];
    };
    const values = (more: object) => ({ ExpressionAttributeValues: { ':pk': 'P', ...more } });
    const KeyConditionExpression = 'pk = :pk AND begins_with(sk, :prefix)';
    expect(await keys({ ScanIndexForward: false, Limit: 2 })).toEqual(['C#1 B#2', 'B#2']);
    expect(await keys({ Limit: 4 })).toEqual(['A#1 B#1 B#2 C#1', 'C#1']);
    expect(await keys({ KeyConditionExpression, ...values({ ':prefix': 'B#' }) })).toEqual([
      'B#1 B#2',
      undefined,
    ]);
    const after = { KeyConditionExpression: 'pk = :pk AND sk > :after', ...values({ ':after': 'B#1' }) };
    expect(await keys(after)).toEqual(['B#2 C#1', undefined]);
  });
});

describe('the model', () => {
  it('refuses what DynamoDB refuses: placeholders that nothing uses, and items that are too large', async () => {
    const { client } = createDynamoModel();
    const idle = { ...NEW, ExpressionAttributeNames: { '#idle': 'idle' } };
    await expect(client.send(put(key('a'), idle))).rejects.toThrow(/unused/);
    await expect(client.send(put(weighing(400 * KIB)))).resolves.toBeDefined();
    await expect(client.send(put(weighing(400 * KIB + 1)))).rejects.toThrow(/Item size/);
    await expect(client.send(put({ pk: 'P', sk: '' }))).rejects.toThrow(/must be texts/);
  });

  it('does not answer what no store asks', async () => {
    const { client } = createDynamoModel();
    await expect(client.send(new ScanCommand({ TableName }))).rejects.toThrow('does not know Scan');
    await expect(client.send(query({ Select: 'COUNT' }))).rejects.toThrow('does not know Select');
    const update = {
      TableName,
      Key: key('a'),
      UpdateExpression: 'REMOVE owner',
      ReturnValues: 'UPDATED_NEW',
    };
    await expect(client.send(new UpdateCommand(update as never))).rejects.toThrow('UPDATED_NEW');
  });

  it('answers as many at once as the SDK has connections, and counts the rounds', async () => {
    const model = createDynamoModel();
    const puts = Array.from({ length: CONNECTIONS + 1 }, (_, index) =>
      model.client.send(put({ ...key(`s${index}`) })),
    );
    await Promise.all(puts);
    expect(model.take().rounds).toBe(2);
    await model.client.send(get('s0'));
    await model.client.send(get('s1'));
    expect(model.take().rounds).toBe(2);
  });
});
