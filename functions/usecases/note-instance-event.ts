/**
 * EC2 says something of an instance. Most of it only wakes the provision loop, which decides from what EC2 then shows.
 * What EC2 announces shows nowhere else and is acted on here: a host that EC2 will take, or advises to leave, is drained.
 * The events carry no tags, so other instances of the account are heard of too; those are dropped.
 */
import { drainHost, type DrainDeps } from './drain-host.ts';
import type { HostStore, Wakes } from './ports.ts';

export interface InstanceEventDeps extends DrainDeps {
  readonly hosts: Pick<HostStore, 'listHosts' | 'getHost' | 'putHost'>;
  readonly wakes: Pick<Wakes, 'provision' | 'reconcile'>;
}

export interface InstanceEvent {
  /** EventBridge's `detail-type`. */
  readonly kind: string;
  readonly instanceId: string;
  /** When EC2 said so, by its own clock; absent: now. */
  readonly saidAtMs?: number;
}

/** EC2 User Guide, "Spot Instance interruption notices": from the notice to the end. */
export const INTERRUPTION_MS = 120_000;

/**
 * EventBridge tries for up to 24 hours (EventBridge User Guide, "How EventBridge retries delivering events"). What was
 * said so long ago of an instance that is still there did not come true, or was about another moment.
 */
export const STALE_MS = 3_600_000;

export function noteInstanceEvent(deps: InstanceEventDeps): (event: InstanceEvent) => Promise<void> {
  const drain = drainHost(deps);
  return async ({ kind, instanceId, saidAtMs = Infinity }) => {
    const nowMs = deps.clock.nowMs();
    const ours = (await deps.hosts.listHosts([])).find((host) => host.instanceId === instanceId);
    if (ours === undefined) return;
    const asked = { host: ours.id, by: 'EC2' };
    const isStale = nowMs - saidAtMs > STALE_MS;
    if (kind === 'EC2 Spot Instance Interruption Warning' && !isStale) {
      // A notice that was long on its way leaves as much less time.
      const byMs = Math.min(saidAtMs, nowMs) + INTERRUPTION_MS;
      await drain({ ...asked, reason: `EC2 takes ${instanceId}`, byMs });
    } else if (kind === 'EC2 Instance Rebalance Recommendation' && !isStale)
      await drain({ ...asked, reason: `EC2 advises to leave ${instanceId}`, byMs: null });
    await deps.wakes.provision(`${kind} of ${instanceId}`);
  };
}
