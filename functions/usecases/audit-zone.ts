/**
 * Looks at the zone itself now and then, when there is nothing else to do: the cloud first, then the store. What is found
 * twice is stored as the zone has it, and the register loop's next plan deletes what nobody wants and mends the rest.
 */
import { auditZone as compare, type Finding } from '../core/discovery/audit.ts';
import { LOOK_APART_MS, lookTwice, mostAtOnce, NO_MARKS, type Marks } from '../core/garbage/two-looks.ts';
import type { Decision } from '../core/model/decision.ts';
import type { RecordSet } from '../core/model/directory.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';
import { ThrottledError } from './errors.ts';
import type { Clock, DecisionLog, DirectoryStore, Ids, ServiceDirectory } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';
import { THROTTLED_PAUSE_MS, type RequestPace } from './request-pace.ts';

export interface AuditDeps {
  readonly store: DirectoryStore;
  readonly directory: Pick<ServiceDirectory, 'list'>;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly zone: string;
}

/** One reading of the zone takes one request of the account's five a second, and 300 record sets. */
export const AUDIT_EVERY_MS = 600_000;
/** The tick wakes us for it on the clock, the last audit ended a moment after it: that one must not count as too recent. */
const EARLY_MS = 60_000;

/** Resolves with when to look again; 0: rows were changed, so plan anew; null: not for a while. */
export function zoneAuditor(deps: AuditDeps, pace: RequestPace): () => Promise<number | null> {
  let nextAtMs = 0;
  let isFollowedUp = false;
  let marks: Marks = NO_MARKS;
  return async () => {
    const startMs = deps.clock.nowMs();
    if (startMs < nextAtMs) return isFollowedUp ? nextAtMs - startMs : null;
    const records = await read(deps, pace);
    if (records === 'throttled') return THROTTLED_PAUSE_MS;
    const left: UnreadableRow[] = [];
    const directory = await deps.store.load(left);
    const nowMs = deps.clock.nowMs();
    const found = directory.head.unsure || left.length > 0 ? [] : compare(directory, records, deps.zone);
    const total = directory.names.length;
    const verdict = lookTwice(found, marks, { total: 10 * Math.max(total, found.length), nowMs });
    marks = verdict.marks;
    isFollowedUp = marks.size > 0 || verdict.due.length > 0;
    nextAtMs = nowMs + (isFollowedUp ? LOOK_APART_MS : AUDIT_EVERY_MS - EARLY_MS);
    await settle(deps, withinCap(verdict.due, total));
    if (verdict.due.length > 0) return 0;
    return isFollowedUp ? LOOK_APART_MS : null;
  };
}

async function read(
  { directory }: AuditDeps,
  pace: RequestPace,
): Promise<readonly RecordSet[] | 'throttled'> {
  await pace.turn();
  try {
    return await directory.list();
  } catch (error) {
    if (!(error instanceof ThrottledError)) throw error;
    pace.throttled();
    return 'throttled';
  }
}

/** Mending is not deleting: only owners that go are capped. Those over the cap are found again at the next look. */
function withinCap(due: readonly Finding[], total: number): readonly Finding[] {
  const unknown = due.filter((one) => one.kind === 'unknown').slice(0, mostAtOnce(total));
  return [...due.filter((one) => one.kind === 'changed'), ...unknown];
}

async function settle(deps: AuditDeps, due: readonly Finding[]): Promise<void> {
  await recordDecisions(deps, 'register', due.map(told));
  await Promise.all(due.map(({ name }) => deps.store.putName(name, name.version)));
}

const told = ({ key, kind, reason }: Finding): Decision => ({
  code: kind === 'unknown' ? 'garbage-deleted' : 'dns-mended',
  subject: key,
  stack: key.split('.')[1] ?? null,
  message:
    kind === 'unknown'
      ? `its records are deleted from the zone: ${reason}, seen twice`
      : `the zone is mended: ${reason}, seen twice`,
});
