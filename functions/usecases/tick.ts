/**
 * The tick: four times a minute, whatever events were lost. It decides nothing; it wakes the loops that would have
 * something to do. With no stack and no host it does nothing at all, and sends no further ticks.
 */
import { decideCluster } from '../core/decide-cluster.ts';
import { isWaiting, planDirectory } from '../core/discovery/plan-directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type { Clock, Wakes } from './ports.ts';

export interface TickDeps {
  readonly load: LoadSnapshot;
  readonly wakes: Wakes;
  readonly clock: Clock;
  readonly zone: string;
}

const LATER = [15, 30, 45] as const;

/** `first`: called by the minute rule, so the later ticks of the minute are sent. */
export function tick(deps: TickDeps): (input: { readonly first: boolean }) => Promise<void> {
  const sendLater = (): Promise<unknown> => Promise.all(LATER.map((second) => deps.wakes.tick(second)));
  return async ({ first }) => {
    // An outage at second 0 must not cost the rest of the minute; whether there is anything to do, nobody knows now.
    const snapshot = await deps.load().catch(async (error: unknown) => {
      if (first) await sendLater();
      throw error;
    });
    const busy = snapshot.stacks.length + snapshot.services.length + snapshot.hosts.length > 0;
    if (!busy && snapshot.directory.names.length === 0) return;
    const nowMs = deps.clock.nowMs();
    const plan = decideCluster(snapshot, nowMs, 'tick');
    const work =
      plan.manifests.length + plan.services.length + plan.removedServices.length + plan.removedStacks.length;
    await Promise.all([
      ...(first ? [sendLater()] : []),
      ...(work > 0 ? [deps.wakes.reconcile('tick')] : []),
      ...(needsRegister(snapshot, deps.zone, nowMs) ? [deps.wakes.register('tick')] : []),
      ...(plan.unplaced.length > 0 || changing(snapshot) || (first && snapshot.hosts.length > 0)
        ? [deps.wakes.provision('tick')]
        : []),
    ]);
  };
}

const needsRegister = (snapshot: Snapshot, zone: string, nowMs: number): boolean =>
  planDirectory(snapshot, zone, nowMs).names.length > 0 || isWaiting(snapshot.directory);

/** Hosts on their way up or down, and rows to forget. */
const changing = (snapshot: Snapshot): boolean => snapshot.hosts.some(({ host }) => host.state !== 'ready');
