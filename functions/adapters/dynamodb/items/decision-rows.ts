/**
 * Decisions <-> rows. DynamoDB bills a write by the kilobyte begun, and a burst has thousands of decisions of some 150 bytes:
 * those of one append that nearly share their id share a row. It is the row of its last decision (what a version that knows
 * no others reads), with those before it in `earlier`, as JSON: `[[end of the id, code, subject, message], ...]`.
 *
 * A row holds only ids that begin alike (`rowPrefix`), none after its key: what is still to come is known from the last key
 * that was read. Audit decisions, which never expire, have rows of their own.
 */
import type { DecisionCode } from '../../../core/model/decision.ts';
import { UnreadableError } from '../../../usecases/errors.ts';
import type { StoredDecision } from '../../../usecases/ports.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';
import { fromDecision, toDecision } from './decision-item.ts';

/** The time, the hyphen and all but the last digit of the count (`platform/ids.ts`): 36 decisions that one process made. */
const PREFIX_CHARACTERS = 13;
/** 36 decisions are some 5 KB; longer messages make more rows, so that reading few decisions never reads much. */
const ROW_BYTES_MAX = 8 * 1024;

export interface DecisionRow {
  readonly item: Item & Key;
  /** What it holds, in the order of their ids. */
  readonly decisions: readonly StoredDecision[];
}

/** What the ids in the row of that key begin with; rows in the order of their keys are in the order of their prefixes. */
export const rowPrefix = (key: string): string => key.slice(0, PREFIX_CHARACTERS);

/**
 * The rows of one append, each decision in one of them; the same decisions make the same rows.
 *
 * @throws Error for an id that does not begin with a time
 */
export const rowsOf = (decisions: readonly StoredDecision[]): readonly DecisionRow[] =>
  [...alike(decisions).values()]
    .flatMap(withinBytes)
    .map(({ last, earlier }) => ({ item: fromHeld({ last, earlier }), decisions: [...earlier, last] }));

/** @throws UnreadableError */
export const decisionsIn = (item: Item): readonly StoredDecision[] => {
  const last = toDecision(item);
  if (item['earlier'] === undefined) return [last];
  const earlier = parsed(item).map(([rest, code, subject, message]) => ({
    ...last,
    id: `${rowPrefix(last.id)}${rest}`,
    code: code as DecisionCode,
    subject,
    message,
  }));
  return [...earlier, last];
};

/** The same of what the table answered: nothing of a row that is not there, or cannot be read. */
export const heldBy = (item: Item | null): readonly StoredDecision[] => {
  if (item === null) return [];
  try {
    return decisionsIn(item);
  } catch (error) {
    if (error instanceof UnreadableError) return [];
    throw error;
  }
};

type Earlier = readonly [rest: string, code: string, subject: string, message: string];

const toEarlier = ({ id, code, subject, message }: StoredDecision): Earlier => [
  id.slice(PREFIX_CHARACTERS),
  code,
  subject,
  message,
];

interface Held {
  last: StoredDecision;
  readonly earlier: StoredDecision[];
}

const fromHeld = ({ last, earlier }: Held): Item & Key => {
  const item = fromDecision(last);
  return earlier.length === 0 ? item : { ...item, earlier: JSON.stringify(earlier.map(toEarlier)) };
};

/** What may share a row: it has one author, time and stack, the last so that a reading by stack finds all of its rows. */
const alike = (decisions: readonly StoredDecision[]): Map<string, StoredDecision[]> =>
  Map.groupBy(sortedOnce(decisions), ({ id, atMs, by, stack, audit }) =>
    JSON.stringify(audit === true ? [id] : [rowPrefix(id), atMs, by, stack]),
  );

const sortedOnce = (decisions: readonly StoredDecision[]): readonly StoredDecision[] => {
  const byId = new Map<string, StoredDecision>();
  for (const decision of decisions) if (!byId.has(decision.id)) byId.set(decision.id, decision);
  return [...byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
};

const withinBytes = (group: readonly StoredDecision[]): readonly Held[] => {
  const rows: Held[] = [];
  let bytes = 0;
  for (const decision of group) {
    const more = Buffer.byteLength(JSON.stringify(toEarlier(decision))) + 1;
    const row = rows.at(-1);
    if (row === undefined || bytes + more > ROW_BYTES_MAX) {
      rows.push({ last: decision, earlier: [] });
      bytes = 0;
    } else {
      row.earlier.push(row.last);
      row.last = decision;
    }
    bytes += more;
  }
  return rows;
};

const parsed = (item: Item): readonly Earlier[] => {
  const wrong = (cause?: unknown): UnreadableError =>
    new UnreadableError(`stored item ${String(item['pk'])}/${String(item['sk'])} has no usable "earlier"`, {
      cause,
    });
  let earlier: unknown;
  try {
    earlier = JSON.parse(fieldsOf(item).text('earlier'));
  } catch (error) {
    throw wrong(error);
  }
  if (!Array.isArray(earlier) || !earlier.every(isEarlier)) throw wrong();
  return earlier;
};

/** A newer version may say more of each. */
const isEarlier = (value: unknown): value is Earlier =>
  Array.isArray(value) && [0, 1, 2, 3].every((index) => typeof value[index] === 'string');
