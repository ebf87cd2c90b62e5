/** Stores which hosts the cluster could do without, and drains the one that is due. */
import type { ClusterPlan } from '../core/decide-cluster.ts';
import { decideScaleIn, takeBack } from '../core/hosts/scale-in.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { recordDecisions } from './record-decisions.ts';
import { row, save, type ProvisionDeps } from './provision-session.ts';

/** Resolves with when time alone makes the next one due; null: only news will. */
export async function letGo(
  deps: ProvisionDeps,
  snapshot: Snapshot,
  { unplaced }: Pick<ClusterPlan, 'unplaced'>,
): Promise<number | null> {
  const nowMs = deps.clock.nowMs();
  const { changes, decisions, wakeAtMs } = decideScaleIn(snapshot, { waiting: unplaced.length > 0, nowMs });
  let drained = false;
  for (const host of changes) {
    const told = decisions.find(({ subject }) => subject === host.id) ?? null;
    // Somebody else changed the row: the next pass looks again.
    if (await save(deps, host, null)) {
      await recordDecisions(deps, 'provision', told === null ? [] : [told]);
      drained ||= told !== null;
    }
  }
  if (drained) await deps.wakes.reconcile('a host is not needed any more');
  return wakeAtMs;
}

/** True when some were taken back: then everything is read again. */
export async function keepAfterAll(
  deps: ProvisionDeps,
  snapshot: Snapshot,
  { unplaced }: Pick<ClusterPlan, 'unplaced'>,
): Promise<boolean> {
  const kept = takeBack(snapshot, unplaced, deps.clock.nowMs());
  for (const host of kept) await save(deps, host, row('host-undrained', host, host.reason));
  if (kept.length > 0) await deps.wakes.reconcile('a host is needed after all');
  return kept.length > 0;
}
