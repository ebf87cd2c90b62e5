/**
 * Audit rows that nobody can lose: a row is a function of what is stored, its id too, and an id is written once. Whoever
 * made a change writes its row; whoever replaces what is stored writes the row of what was there first; and the reconcile
 * loop, which sees all that stays, writes those that it has not seen told.
 */
import type { DecisionLog, Ids, StoredDecision } from './ports.ts';

export interface AuditDeps {
  readonly decisions: Pick<DecisionLog, 'append'>;
  readonly ids: Pick<Ids, 'digest'>;
}

/**
 * In the order of time, as all ids are, and before what a change brought about in its own millisecond; `what` tells
 * apart the changes of one.
 */
export function auditId(ids: Pick<Ids, 'digest'>, atMs: number, what: string): string {
  const time = atMs.toString(36).padStart(TIME_CHARACTERS, '0');
  return `${time}-${FIRST}${ids.digest(what).slice(-REST_CHARACTERS)}`;
}

/** What it told it does not tell again as long as the process lives and the row stays. */
export function rowTeller(
  decisions: AuditDeps['decisions'],
): (rows: readonly StoredDecision[]) => Promise<void> {
  let told: ReadonlySet<string> = new Set();
  return async (rows) => {
    const untold = rows.filter(({ id }) => !told.has(id));
    if (untold.length > 0) await decisions.append(untold);
    told = new Set(rows.map(({ id }) => id));
  };
}

const TIME_CHARACTERS = 9;
const FIRST = '00000000';
const REST_CHARACTERS = 12;
