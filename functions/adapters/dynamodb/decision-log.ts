/**
 * Why things are as they are: one item per decision, one partition per UTC day (of the time that its id begins with).
 *
 * Reading walks days, several at once and more of them each time, until enough was found: newest first back to the 30 days
 * that decisions live (audit ones live on, but are then read by `after`), or forward from the day of `after`.
 */
import { ConflictError } from '../../usecases/errors.ts';
import type { DecisionLog, StoredDecision } from '../../usecases/ports.ts';
import { DECISION_DAYS, fromDecision, timeOfDecisionId, toDecision } from './items/decision-item.ts';
import { MUST_NOT_EXIST } from './table/conditions.ts';
import { decisionKey, utcDay } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions, Table } from './table/table.ts';

const DAY_MS = 86_400_000;
/** Today and 30 days before it. */
const DAYS_BACK = DECISION_DAYS + 1;
/** An older `after` reads on from here: only audit decisions are as old. */
const DAYS_FORWARD = 400;
const WRITES_AT_ONCE = 16;
const DAYS_AT_ONCE = 16;
/** Writers' clocks differ a little: around midnight one of them may already write tomorrow. */
const CLOCK_SKEW_MS = 60_000;

export interface DecisionLogOptions extends DynamoOptions {
  readonly clock: { nowMs(): number };
}

export const dynamoDecisionLog = (options: DecisionLogOptions): DecisionLog => {
  const table = openTable(options);
  return {
    append: async (decisions) => {
      for (const batch of batches(decisions, WRITES_AT_ONCE))
        await Promise.all(batch.map((decision) => appendOne(table, decision)));
    },
    list: ({ stack, after, limit }) => {
      const nowMs = options.clock.nowMs() + CLOCK_SKEW_MS;
      const only = stack === undefined ? {} : { only: { name: 'stack', value: stack } };
      return after === undefined
        ? newest(table, { nowMs, limit, ...only })
        : following(table, after, { nowMs, limit, ...only });
    },
  };
};

/** An id is written once; the same decision again (a repeated request) is already there. */
const appendOne = async (table: Table, decision: StoredDecision): Promise<void> => {
  try {
    await table.put(fromDecision(decision), MUST_NOT_EXIST);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
};

interface Reading {
  readonly nowMs: number;
  readonly limit: number;
  readonly only?: { readonly name: string; readonly value: string };
}

const newest = async (table: Table, reading: Reading): Promise<readonly StoredDecision[]> => {
  const days = Array.from({ length: DAYS_BACK }, (_, back) => utcDay(reading.nowMs - back * DAY_MS));
  const found = await walk(days, reading, (pk) => ({ pk, newestFirst: true }), table);
  return found.toReversed();
};

const following = (table: Table, after: string, reading: Reading): Promise<readonly StoredDecision[]> => {
  const afterMs = timeOfDecisionId(after);
  const oldestMs = reading.nowMs - DAYS_FORWARD * DAY_MS;
  const fromMs = Number.isNaN(afterMs) ? oldestMs : Math.max(afterMs, oldestMs);
  // Whole days: otherwise the walk would miss today whenever the time of day is earlier than that of `after`.
  const firstDay = Math.floor(fromMs / DAY_MS);
  const days = Array.from({ length: Math.floor(reading.nowMs / DAY_MS) - firstDay + 1 }, (_, forward) =>
    utcDay((firstDay + forward) * DAY_MS),
  );
  return walk(days, reading, (pk) => ({ pk, skAfter: after }), table);
};

const walk = async (
  days: readonly string[],
  { limit, only }: Reading,
  query: (pk: string) => { pk: string; newestFirst?: boolean; skAfter?: string },
  table: Table,
): Promise<readonly StoredDecision[]> => {
  const found: StoredDecision[] = [];
  let atOnce = 1;
  for (let next = 0; next < days.length && found.length < limit;) {
    const some = days.slice(next, next + atOnce);
    const read = await Promise.all(
      some.map((day) => table.query({ ...query(decisionKey(day, '').pk), limit, ...(only ? { only } : {}) })),
    );
    found.push(...read.flat().map(toDecision));
    next += some.length;
    atOnce = Math.min(atOnce * 2, DAYS_AT_ONCE);
  }
  return found.slice(0, limit);
};

const batches = <Value>(values: readonly Value[], size: number): Value[][] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
