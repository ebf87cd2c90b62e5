/** The decision log: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoDecisionLog } from '../../functions/adapters/dynamodb/decision-log.ts';
import type { DecisionLog, StoredDecision } from '../../functions/usecases/ports.ts';
import { aDecision } from '../support/stored-rows.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { fakeClock, NOON_MS } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { inMemoryDecisionLog } from '../support/in-memory/decision-log.ts';

interface Subject {
  readonly log: DecisionLog;
  readonly clock: FakeClock;
}

const DAY_MS = 86_400_000;

const decidedAt = (atMs: number, count = 1, over: Partial<StoredDecision> = {}): StoredDecision =>
  aDecision({
    id: `${atMs.toString(36).padStart(9, '0')}-${String(count).padStart(8, '0')}`,
    atMs,
    subject: `subject-${count}`,
    ...over,
  });
const subjects = (decisions: readonly StoredDecision[]) => decisions.map((decision) => decision.subject);

/** Ids as functions make them: one process counts within a millisecond. */
const burst = (count: number, writer: string, over: Partial<StoredDecision> = {}): StoredDecision[] =>
  Array.from({ length: count }, (_, index) =>
    aDecision({
      id: `${NOON_MS.toString(36).padStart(9, '0')}-${index.toString(36).padStart(4, '0')}${writer}`,
      subject: `${writer}-${index}`,
      ...over,
    }),
  );
const byId = (decisions: readonly StoredDecision[]): StoredDecision[] =>
  decisions.toSorted((one, other) => (one.id < other.id ? -1 : 1));

/** Decisions of two bursts of one millisecond and of appends of one, before, between and after them. */
const mixed = async (log: DecisionLog): Promise<readonly StoredDecision[]> => {
  const [before, after] = [decidedAt(NOON_MS - 1, 1), decidedAt(NOON_MS + 1, 1)];
  const [first, second] = [burst(50, 'aaaa'), burst(40, 'bbbb', { stack: 'other', by: 'provision' })];
  const between = burst(3, 'aabb', { audit: true });
  for (const one of [before, ...between, after]) await log.append([one]);
  await log.append([...first.slice(0, 45).toReversed(), ...between]);
  await log.append(second);
  for (const one of first.slice(45)) await log.append([one]);
  return byId([before, ...first, ...second, ...between, after]);
};

const cases: readonly Case<Subject>[] = [
  [
    'is empty at first',
    async ({ log }) => {
      expect(await log.list({ limit: 10 })).toEqual([]);
      expect(await log.list({ limit: 10, after: decidedAt(NOON_MS).id })).toEqual([]);
      await log.append([]);
    },
  ],
  [
    'gives decisions back as they were, oldest first',
    async ({ log }) => {
      const decisions = [
        decidedAt(NOON_MS - 2, 1, { stack: null, by: 'provision' }),
        decidedAt(NOON_MS - 1, 2, { audit: true }),
        decidedAt(NOON_MS, 3),
      ];
      await log.append(decisions.toReversed());
      expect(await log.list({ limit: 10 })).toEqual(decisions);
    },
  ],
  [
    'takes the same decision twice and keeps one',
    async ({ log }) => {
      await log.append([decidedAt(NOON_MS)]);
      await log.append([decidedAt(NOON_MS), decidedAt(NOON_MS, 2)]);
      expect(subjects(await log.list({ limit: 10 }))).toEqual(['subject-1', 'subject-2']);
    },
  ],
  [
    'gives the newest ones without `after`',
    async ({ log }) => {
      await log.append(Array.from({ length: 60 }, (_, index) => decidedAt(NOON_MS, index)));
      expect(subjects(await log.list({ limit: 3 }))).toEqual(['subject-57', 'subject-58', 'subject-59']);
    },
  ],
  [
    'reads on from an id, page by page, each exactly once, over days',
    async ({ log }) => {
      const decisions = Array.from({ length: 50 }, (_, index) =>
        decidedAt(NOON_MS - (50 - index) * 3_600_000, index),
      );
      await log.append(decisions);
      const read: string[] = [];
      let after = decidedAt(NOON_MS - 100 * 3_600_000).id;
      for (;;) {
        const page = await log.list({ after, limit: 7 });
        if (page.length === 0) break;
        read.push(...subjects(page));
        after = page.at(-1)!.id;
      }
      expect(read).toEqual(subjects(decisions));
    },
  ],
  [
    'reads on across a gap of weeks, and when it is earlier in the day than the id was',
    async ({ log, clock }) => {
      const lateInTheDay = decidedAt(NOON_MS + 11 * 3_600_000, 1);
      const weeksLater = NOON_MS + 20 * DAY_MS - 11 * 3_600_000;
      clock.set(weeksLater);
      await log.append([lateInTheDay, decidedAt(weeksLater, 2)]);
      expect(subjects(await log.list({ after: lateInTheDay.id, limit: 5 }))).toEqual(['subject-2']);
    },
  ],
  [
    'tells only what is about a stack, when asked so, and still as many as wanted',
    async ({ log }) => {
      const decisions = Array.from({ length: 40 }, (_, index) =>
        decidedAt(NOON_MS - index * 3_600_000, index, { stack: index % 4 === 0 ? 'shop' : 'other' }),
      );
      await log.append(decisions);
      const newest = await log.list({ stack: 'shop', limit: 3 });
      expect(subjects(newest)).toEqual(['subject-8', 'subject-4', 'subject-0']);
      const oldest = decisions.at(-1)!.id;
      expect(subjects(await log.list({ stack: 'shop', after: oldest, limit: 2 }))).toEqual([
        'subject-36',
        'subject-32',
      ]);
      expect(await log.list({ stack: 'nobody', limit: 3 })).toEqual([]);
    },
  ],
  [
    'gives the newest of a burst exactly, however many are asked for',
    async ({ log }) => {
      const all = await mixed(log);
      for (let limit = 1; limit <= all.length; limit += 1)
        expect(await log.list({ limit })).toEqual(all.slice(-limit));
    },
  ],
  [
    'reads on from any id of a burst, with small pages and large ones',
    async ({ log }) => {
      const all = await mixed(log);
      for (const [index, { id }] of all.entries())
        for (const limit of [1, 1 + (index % 40), 200])
          expect(await log.list({ after: id, limit })).toEqual(all.slice(index + 1, index + 1 + limit));
    },
  ],
  [
    'tells of a burst only what is about a stack',
    async ({ log }) => {
      const shop = (await mixed(log)).filter(({ stack }) => stack === 'shop');
      for (const limit of [1, 7, 30, 60]) {
        expect(await log.list({ stack: 'shop', limit })).toEqual(shop.slice(-limit));
        expect(await log.list({ stack: 'shop', after: shop[4]!.id, limit })).toEqual(
          shop.slice(5, 5 + limit),
        );
      }
    },
  ],
  [
    'takes a burst twice, in part, and again with others, and keeps each once',
    async ({ log }) => {
      const all = burst(40, 'aaaa');
      await log.append([all[35]!]);
      await log.append(all.slice(10, 30));
      await log.append(all.slice(10, 30));
      await log.append(all.slice(5, 30));
      await log.append(all);
      expect(await log.list({ limit: 100 })).toEqual(all);
      expect(await log.list({ after: all[3]!.id, limit: 10 })).toEqual(all.slice(4, 14));
    },
  ],
  [
    'keeps of each decision of a burst what it says',
    async ({ log }) => {
      const all = burst(8, 'aaaa').map((decision, index) => ({
        ...decision,
        atMs: NOON_MS + (index % 2),
        by: index < 4 ? 'reconcile' : 'tick',
        stack: [null, 'shop', ''][index % 3] ?? null,
        message: ['"\\\n', 'ä€😀', '', 'x'.repeat(9_000)][index % 4]!,
        ...(index === 5 ? { audit: true } : {}),
      }));
      await log.append(all);
      expect(await log.list({ limit: 8 })).toEqual(all);
    },
  ],
  [
    'looks 30 days back for the newest, and no further',
    async ({ log }) => {
      await log.append([decidedAt(NOON_MS - 30 * DAY_MS, 1), decidedAt(NOON_MS - 31 * DAY_MS, 2)]);
      expect(subjects(await log.list({ limit: 5 }))).toEqual(['subject-1']);
      const older = decidedAt(NOON_MS - 40 * DAY_MS).id;
      expect(subjects(await log.list({ after: older, limit: 5 }))).toEqual(['subject-2', 'subject-1']);
    },
  ],
  [
    'refuses an id that does not begin with a time, and stores nothing of it',
    async ({ log }) => {
      await expect(log.append([aDecision({ id: 'nonsense' })])).rejects.toThrow('nonsense');
      expect(await log.list({ limit: 5 })).toEqual([]);
    },
  ],
];

contractSuite<Subject>(
  'DecisionLog',
  [
    inProcess('in memory', () => {
      const clock = fakeClock();
      return { clock, log: inMemoryDecisionLog(clock) };
    }),
    ...overDynamo('DynamoDB', (options) => {
      const clock = fakeClock();
      return { clock, log: dynamoDecisionLog({ ...options, clock }) };
    }),
  ],
  cases,
);
