/**
 * The audit row of a change of a stack's head: one for each, whoever is killed in between.
 *
 * The row is a function of the head alone, its id too, and an id is written once. Whoever changed the head writes the row;
 * whoever replaces a head writes the row of the one before first; and the reconcile loop, which sees every head that stays,
 * writes those that it has not seen told. So the row is there before its head can be gone.
 */
import type { StackHead } from '../core/model/stack.ts';
import { perObject } from '../core/per-object.ts';
import type { DecisionLog, Ids, StoredDecision } from './ports.ts';

export interface TellHeadDeps {
  readonly decisions: Pick<DecisionLog, 'append'>;
  readonly ids: Pick<Ids, 'digest'>;
}

/** `head` as it is stored, with the version that it has there. */
export const tellHead = async (deps: TellHeadDeps, head: StackHead): Promise<void> =>
  deps.decisions.append([rowOf(deps.ids, head)]);

/** What it told it does not tell again as long as the process lives. */
export function headTeller(deps: TellHeadDeps): (heads: readonly StackHead[]) => Promise<void> {
  let told: ReadonlySet<string> = new Set();
  const rowFor = perObject((head: StackHead) => rowOf(deps.ids, head));
  return async (heads) => {
    const rows = heads.map(rowFor);
    const untold = rows.filter(({ id }) => !told.has(id));
    if (untold.length > 0) await deps.decisions.append(untold);
    told = new Set(rows.map(({ id }) => id));
  };
}

function rowOf(ids: Pick<Ids, 'digest'>, head: StackHead): StoredDecision {
  const { name, version, updatedAtMs, updatedBy } = head;
  const isWanted = head.wanted === 'present';
  // In the order of time, as all ids are; the rest tells apart what happened in the same millisecond.
  const time = updatedAtMs.toString(36).padStart(TIME_CHARACTERS, '0');
  const rest = ids.digest(`head ${name} ${version} ${updatedAtMs}`).slice(-REST_CHARACTERS);
  return {
    id: `${time}-${rest}`,
    atMs: updatedAtMs,
    by: 'api',
    code: isWanted ? 'stack-accepted' : 'stack-removing',
    subject: name,
    stack: name,
    message: isWanted
      ? `revision ${head.revision} of ${name} is wanted, by ${updatedBy}`
      : `${name} shall go, by ${updatedBy}`,
    audit: true,
  };
}

const TIME_CHARACTERS = 9;
const REST_CHARACTERS = 16;
