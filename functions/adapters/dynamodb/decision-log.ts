/**
 * Why things are as they are: decisions in rows (`items/decision-rows.ts`), one partition per UTC day (of the time that an id
 * begins with).
 *
 * Reading walks days, several at once and more of them each time, until enough was found: newest first back to the 30 days
 * that decisions live (audit ones live on, but are then read by `after`), or forward from the day of `after`.
 */
import { ConflictError } from '../../usecases/errors.ts';
import type { DecisionLog, StoredDecision } from '../../usecases/ports.ts';
import { readDay } from './decision-day.ts';
import type { DayReading } from './decision-day.ts';
import { DECISION_DAYS, fromDecision, timeOfDecisionId } from './items/decision-item.ts';
import { heldBy, rowsOf } from './items/decision-rows.ts';
import type { DecisionRow } from './items/decision-rows.ts';
import { MUST_NOT_EXIST } from './table/conditions.ts';
import type { Item } from './table/fields.ts';
import { utcDay } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions, Key, Table } from './table/table.ts';

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
      for (const batch of batches(rowsOf(decisions), WRITES_AT_ONCE))
        await Promise.all(batch.map((row) => appendRow(table, row)));
    },
    list: ({ stack, after, limit }) => {
      const nowMs = options.clock.nowMs() + CLOCK_SKEW_MS;
      const reading = { limit, ...(stack === undefined ? {} : { stack }) };
      return after === undefined
        ? newest(table, nowMs, reading)
        : following(table, nowMs, { ...reading, after });
    },
  };
};

/**
 * A row is written once; the same row again (a repeated request) is already there. Another one may have the same key when
 * some of these decisions were appended before: those that it has not get rows of their own.
 */
const appendRow = async (table: Table, { item, decisions }: DecisionRow): Promise<void> => {
  if ((await isNew(table, item)) || decisions.length === 1) return;
  const there = new Set(heldBy(await table.get({ pk: item.pk, sk: item.sk })).map(({ id }) => id));
  for (const decision of decisions) if (!there.has(decision.id)) await isNew(table, fromDecision(decision));
};

/** Writes it, unless its key has been written. */
const isNew = async (table: Table, item: Item & Key): Promise<boolean> => {
  try {
    await table.put(item, MUST_NOT_EXIST);
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
};

const newest = async (
  table: Table,
  nowMs: number,
  reading: DayReading,
): Promise<readonly StoredDecision[]> => {
  const days = Array.from({ length: DAYS_BACK }, (_, back) => utcDay(nowMs - back * DAY_MS));
  const found = await walk(table, days, reading);
  return found.toReversed();
};

const following = (
  table: Table,
  nowMs: number,
  reading: DayReading & { readonly after: string },
): Promise<readonly StoredDecision[]> => {
  const afterMs = timeOfDecisionId(reading.after);
  const oldestMs = nowMs - DAYS_FORWARD * DAY_MS;
  const fromMs = Number.isNaN(afterMs) ? oldestMs : Math.max(afterMs, oldestMs);
  // Whole days: otherwise the walk would miss today whenever the time of day is earlier than that of `after`.
  const firstDay = Math.floor(fromMs / DAY_MS);
  const days = Array.from({ length: Math.floor(nowMs / DAY_MS) - firstDay + 1 }, (_, forward) =>
    utcDay((firstDay + forward) * DAY_MS),
  );
  return walk(table, days, reading);
};

const walk = async (
  table: Table,
  days: readonly string[],
  reading: DayReading,
): Promise<readonly StoredDecision[]> => {
  const found: StoredDecision[] = [];
  let atOnce = 1;
  for (let next = 0; next < days.length && found.length < reading.limit;) {
    const some = days.slice(next, next + atOnce);
    const read = await Promise.all(some.map((day) => readDay(table, day, reading)));
    found.push(...read.flat());
    next += some.length;
    atOnce = Math.min(atOnce * 2, DAYS_AT_ONCE);
  }
  return found.slice(0, reading.limit);
};

const batches = <Value>(values: readonly Value[], size: number): Value[][] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
