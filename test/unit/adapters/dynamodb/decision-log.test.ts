/** Decisions in rows: what a burst costs, and that reading is exact wherever rows end. */
import { describe, expect, it } from '@jest/globals';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { dynamoDecisionLog } from '../../../../functions/adapters/dynamodb/decision-log.ts';
import { fromDecision } from '../../../../functions/adapters/dynamodb/items/decision-item.ts';
import { decisionsIn, rowsOf } from '../../../../functions/adapters/dynamodb/items/decision-rows.ts';
import type { Item } from '../../../../functions/adapters/dynamodb/table/fields.ts';
import type { StoredDecision } from '../../../../functions/usecases/ports.ts';
import { createDynamoModel } from '../../../support/dynamo-model/dynamo-model.ts';
import { fakeClock, NOON_MS } from '../../../support/fake-clock.ts';
import { inMemoryDecisionLog } from '../../../support/in-memory/decision-log.ts';
import { aDecision } from '../../../support/stored-rows.ts';

const TABLE = 'model';
const decided = (
  count: number,
  over: Partial<StoredDecision> = {},
  writer = 'aaaaaaaaaaaa',
  atMs = NOON_MS,
): StoredDecision =>
  aDecision({
    id: `${atMs.toString(36).padStart(9, '0')}-${count.toString(36).padStart(4, '0')}${writer}`,
    atMs,
    ...over,
  });
const burst = (count: number, over: Partial<StoredDecision> = {}): StoredDecision[] =>
  Array.from({ length: count }, (_, index) =>
    decided(index, { subject: `shop/web-${index}`, ...over }, index.toString(16).padStart(12, '0')),
  );

const modelled = () => {
  const model = createDynamoModel();
  const clock = fakeClock();
  const rows = async (): Promise<readonly Item[]> => {
    const query = { KeyConditionExpression: 'pk = :pk', ConsistentRead: true };
    const ExpressionAttributeValues = { ':pk': 'EVENT#20261122' };
    const command = new QueryCommand({ TableName: TABLE, ...query, ExpressionAttributeValues });
    return (await model.client.send(command)).Items ?? [];
  };
  return { model, rows, log: dynamoDecisionLog({ client: model.client, table: TABLE, clock }) };
};

describe('the rows of a burst', () => {
  it('cost a fifth of a write unit a decision, in a request for three dozens', async () => {
    const { log, model } = modelled();
    await log.append(burst(36 * 50));
    const { calls, writes } = model.take();
    expect(calls).toEqual({ PutItem: 50 });
    expect(writes).toBeLessThan((36 * 50) / 5);
  });

  it('are those of their last decisions, under its id, and expire with it', async () => {
    const { log, rows } = modelled();
    await log.append(burst(40));
    const last = [burst(40)[35]!, burst(40)[39]!];
    expect(await rows()).toEqual(
      last.map((decision) => ({ ...fromDecision(decision), earlier: expect.any(String) })),
    );
  });

  it('are the same when it is appended again, and of one decision as they always were', async () => {
    const { log, rows } = modelled();
    await log.append(burst(40));
    const before = await rows();
    await log.append(burst(40));
    expect(await rows()).toEqual(before);
    expect(rowsOf([decided(0)]).map(({ item }) => item)).toEqual([fromDecision(decided(0))]);
  });

  it('hold no decision of the audit kind beside another', () => {
    const decisions = burst(10).map((one, index) => (index % 2 === 0 ? { ...one, audit: true } : one));
    const held = rowsOf(decisions).map((row) => row.decisions.map(({ audit }) => audit === true));
    expect(held.filter((row) => row.includes(true))).toEqual(Array(5).fill([true]));
    expect(held.filter((row) => row.includes(false))).toEqual([Array(5).fill(false)]);
  });

  it('stay within a few kilobytes, but for a single message that is longer', () => {
    const bytesOf = (characters: number): number[] =>
      rowsOf(burst(36, { message: '€'.repeat(characters) })).map(({ item }) =>
        Buffer.byteLength(JSON.stringify(item)),
      );
    expect(bytesOf(300)).toHaveLength(5);
    expect(Math.max(...bytesOf(300))).toBeLessThan(9_500);
    expect(bytesOf(3_000)).toHaveLength(36);
  });
});

describe('a row that cannot be read', () => {
  it.each<[string, (row: Item) => Item]>([
    ['of one decision', () => ({ ...fromDecision(decided(0)), message: 7 })],
    ['whose earlier decisions are no JSON', (row) => ({ ...row, earlier: '[["' })],
    ['whose earlier decisions are no list', (row) => ({ ...row, earlier: '{}' })],
    ['of whose earlier decisions one lacks its message', (row) => ({ ...row, earlier: '[["1","2","3"]]' })],
    ['whose earlier decisions are no text', (row) => ({ ...row, earlier: 1 })],
  ])('is left out: %s', async (_, spoil) => {
    const good = burst(3).map((one) => ({ ...one, id: one.id.replace('-000', '-001') }));
    const Items = [rowsOf(good)[0]!.item, spoil(rowsOf(burst(3))[0]!.item)];
    const answers = [{ Items }];
    const client = { send: () => Promise.resolve(answers.shift() ?? {}) } as never;
    const log = dynamoDecisionLog({ client, table: TABLE, clock: fakeClock() });
    expect(await log.list({ limit: 10 })).toEqual(good);
  });

  it('does not keep decisions that share its key from being written', async () => {
    const { log, model, rows } = modelled();
    const spoilt = { ...rowsOf(burst(5))[0]!.item, earlier: '[["' };
    await model.client.send(new PutCommand({ TableName: TABLE, Item: spoilt }));
    await log.append(burst(5));
    expect(await log.list({ limit: 10 })).toEqual(burst(5).slice(0, 4));
    expect(await rows()).toHaveLength(5);
  });
});

describe('reading', () => {
  it('of the newest of a large burst reads few of its rows', async () => {
    const { log, model } = modelled();
    await log.append(burst(36 * 100));
    model.take();
    expect(await log.list({ limit: 100 })).toEqual(burst(36 * 100).slice(-100));
    expect(model.take().reads).toBeLessThan(40);
  });

  it('of the newest goes on while rows of another writer may lie between', async () => {
    const { log } = modelled();
    const writers = ['a', 'b', 'c'].map((writer) =>
      Array.from({ length: 360 }, (_, count) => decided(count, { subject: writer }, writer)),
    );
    for (const some of writers) await log.append(some);
    const all = writers.flat().toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (let limit = 530; limit <= 590; limit += 1)
      expect(await log.list({ limit })).toEqual(all.slice(-limit));
  });

  /** Of many stacks and writers within few milliseconds: their rows lie between each other. */
  const decisions = fc
    .record({
      count: fc.nat({ max: 72 }),
      writer: fc.constantFrom('a', 'b'),
      laterMs: fc.constantFrom(0, 0, 0, 1, -86_400_000),
      stack: fc.nat({ max: 12 }).map((number) => (number === 0 ? null : `stack-${number}`)),
      audit: fc.integer({ min: 1, max: 20 }).map((number) => number === 1),
    })
    .map(({ count, writer, laterMs, stack, audit }) =>
      decided(
        count,
        { stack, subject: `${writer}-${count}`, ...(audit ? { audit } : {}) },
        writer,
        NOON_MS + laterMs,
      ),
    );
  const appends = fc.array(fc.array(decisions, { minLength: 20, maxLength: 150 }), {
    minLength: 1,
    maxLength: 3,
  });

  it('finds what the log in memory finds, however decisions were appended', async () => {
    await fc.assert(
      fc.asyncProperty(appends, fc.integer({ min: 1, max: 100 }), async (all, limit) => {
        const { log } = modelled();
        const memory = inMemoryDecisionLog(fakeClock());
        for (const some of once(all)) await Promise.all([log.append(some), memory.append(some)]);
        const ids = memory.all().map(({ id }) => id);
        for (const after of [undefined, ...ids.filter((_, index) => index % 20 === 0)])
          for (const stack of [undefined, 'stack-1']) {
            const query = { limit, ...(after ? { after } : {}), ...(stack ? { stack } : {}) };
            expect(await log.list(query)).toEqual(await memory.list(query));
          }
      }),
      // Shrinking hundreds of decisions would take longer than reading them.
      { numRuns: 25, endOnFailure: true },
    );
  });
});

/** Each id says the same wherever it comes again. */
const once = (appends: readonly (readonly StoredDecision[])[]): readonly (readonly StoredDecision[])[] => {
  const known = new Map<string, StoredDecision>();
  for (const decision of appends.flat()) if (!known.has(decision.id)) known.set(decision.id, decision);
  return appends.map((some) => some.map(({ id }) => known.get(id)!));
};

describe('rows and decisions', () => {
  it('tell the same', () => {
    const told = (all: readonly StoredDecision[]) => rowsOf(all).flatMap(({ item }) => decisionsIn(item));
    expect(told(burst(100).toReversed())).toEqual(burst(100));
  });
});
