/**
 * The register loop: the zone's only writer.
 *
 * A pass confirms what Route 53 has brought to its servers, decides the wanted records, applies the difference in
 * fenced atomic batches and stores what was applied. A batch that the fence rejects is followed by a reading of the zone
 * itself. While a task waits to leave, the run stays and asks once a second; else it never asks.
 */
import { isWaiting, planDirectory, type NamePlan } from '../core/discovery/plan-directory.ts';
import type { Decision } from '../core/model/decision.ts';
import type { Directory } from '../core/model/directory.ts';
import { applyPlan, type ApplyDeps } from './apply-plan.ts';
import { zoneAuditor } from './audit-zone.ts';
import { ASK_EVERY_MS, confirmChanges } from './confirm-changes.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import { mendDirectory } from './mend-directory.ts';
import type { LoopLeases, Wakes } from './ports.ts';
import { quarantine } from './quarantine.ts';
import { recordDecisions } from './record-decisions.ts';
import { requestPace, THROTTLED_PAUSE_MS } from './request-pace.ts';
import { runAlone, type PassResult, type RunOutcome } from './run-alone.ts';

export interface RegisterDeps extends Omit<ApplyDeps, 'pace' | 'quarantine'> {
  readonly load: LoadSnapshot;
  readonly leases: LoopLeases;
  readonly wakes: Pick<Wakes, 'reconcile' | 'register'>;
}

interface Session extends RegisterDeps, ApplyDeps {
  readonly confirm: (directory: Directory) => Promise<boolean>;
  readonly audit: () => Promise<number | null>;
}

export function registerRecords(deps: RegisterDeps): () => Promise<RunOutcome> {
  const pace = requestPace(deps.clock);
  const session: Session = {
    ...deps,
    pace,
    quarantine: quarantine(deps.clock),
    confirm: confirmChanges(deps, pace),
    audit: zoneAuditor(deps, pace),
  };
  const onDeadline = (): Promise<void> => deps.wakes.register('tasks still wait to leave DNS');
  return () => runAlone({ loop: 'register', ...deps, onDeadline }, () => pass(session));
}

async function pass(session: Session): Promise<PassResult> {
  const snapshot = await session.load();
  const mended = await mendDirectory(session, snapshot);
  if (mended === 'mended') return { againInMs: 0 };
  if (mended === 'stuck') return { againInMs: null };
  const confirmed = await session.confirm(snapshot.directory);
  // Nobody else writes the directory: unless something was confirmed it is as it was loaded.
  const fresh = confirmed ? { ...snapshot, directory: await session.store.load([]) } : snapshot;
  const plan = planDirectory(fresh, session.zone, session.clock.nowMs(), session.quarantine.isFull());
  await recordDecisions(session, 'register', newlyOpen(plan.decisions, session));
  const names = plan.names.filter(({ after }) => !session.quarantine.isHeld(after.owner));
  const outcome = await applyPlan(session, fresh, names);
  if (outcome === 'rejected') return { againInMs: 0 };
  if (outcome === 'throttled') return { againInMs: THROTTLED_PAUSE_MS };
  if (plan.postponed > 0) return { againInMs: ASK_EVERY_MS };
  if (names.some(hasNewlyLeft)) await session.wakes.reconcile('tasks have left DNS');
  if (isWaiting(await session.store.load([]))) return { againInMs: ASK_EVERY_MS };
  return { againInMs: await session.audit() };
}

/** Those that left earlier are still remembered; reconcile was told of them when they did. */
const hasNewlyLeft = ({ before, after }: NamePlan): boolean =>
  Object.entries(after.tasks).some(
    ([task, { outAtMs, final }]) =>
      outAtMs !== undefined &&
      (before?.tasks[task]?.outAtMs === undefined || final !== before.tasks[task].final),
  );

const told = new WeakMap<Session, Set<string>>();

/** A state that lasts is told when it begins, not in every pass. */
function newlyOpen(decisions: readonly Decision[], session: Session): readonly Decision[] {
  const before = told.get(session) ?? new Set<string>();
  told.set(session, new Set(decisions.map((one) => one.subject)));
  return decisions.filter((one) => !before.has(one.subject));
}
