/**
 * The decisions of one day, the newest first or those after an id. A row holds up to some dozens, and those of two writers
 * may lie between each other, so reading goes on until nothing that is still to come can belong among the ones wanted.
 */
import type { StoredDecision } from '../../usecases/ports.ts';
import { heldBy, rowPrefix } from './items/decision-rows.ts';
import { decisionKey } from './table/keys.ts';
import { PAGES_MAX } from './table/table.ts';
import type { Key, Query, Table } from './table/table.ts';

/** Rows of the first page: they tell how many decisions a row holds, and with that how many more rows to ask for. */
const FIRST_ROWS = 16;
/** More than are likely needed: one page too many takes longer than a few rows too many. */
const SPARE_ROWS = 4;

export interface DayReading {
  readonly limit: number;
  readonly stack?: string;
  /** Absent: the newest. */
  readonly after?: string;
}

/**
 * At most `limit` of them: the newest, newest first; or the first after `after`, oldest first. Rows that cannot be read are
 * left out.
 */
export const readDay = async (
  table: Table,
  day: string,
  reading: DayReading,
): Promise<readonly StoredDecision[]> => {
  const { limit } = reading;
  const query = queryOf(day, reading);
  const found = new Map<string, StoredDecision>();
  let rows = 0;
  let from: Key | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const { items, last } = await table.page({ ...query, ...rowsToRead(reading, found.size, rows) }, from);
    for (const decision of items.flatMap(heldBy))
      if (reading.after === undefined || decision.id > reading.after) found.set(decision.id, decision);
    if (last === undefined || found.size >= limit) {
      const wanted = inOrder(found, reading).slice(0, limit);
      if (last === undefined || isCertain(wanted.at(-1)?.id ?? '', last.sk, reading)) return wanted;
    }
    rows += items.length;
    from = last;
  }
  throw new Error(`decisions of ${day}: more than ${PAGES_MAX} pages`);
};

const queryOf = (day: string, { after, stack }: DayReading): Query => ({
  pk: decisionKey(day, '').pk,
  // The key of a row is the last id in it: a row with anything after `after` has a key after it.
  ...(after === undefined ? { newestFirst: true } : { skAfter: after }),
  ...(stack === undefined ? {} : { only: { name: 'stack', value: stack } }),
});

/** Of one stack whole pages are read (`table.ts`). */
const rowsToRead = ({ limit, after, stack }: DayReading, found: number, rows: number): { limit?: number } => {
  if (stack !== undefined) return {};
  // Going forward, one row more shows that the last one wanted is complete.
  if (rows === 0) return { limit: Math.min(limit, FIRST_ROWS) + (after === undefined ? 0 : 1) };
  return { limit: Math.ceil((Math.max(0, limit - found) * rows) / Math.max(rows, found)) + SPARE_ROWS };
};

const inOrder = (found: ReadonlyMap<string, StoredDecision>, { after }: DayReading): StoredDecision[] => {
  const oldestFirst = [...found.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  return after === undefined ? oldestFirst.reverse() : oldestFirst;
};

/**
 * Whether no row past that key holds an id before `id` in the order of reading. Backwards rows to come have smaller keys,
 * and no id after their key; forwards they have greater keys, and ids that begin like their key.
 */
const isCertain = (id: string, lastKey: string, { after }: DayReading): boolean =>
  after === undefined ? id >= lastKey : rowPrefix(id) < rowPrefix(lastKey);
