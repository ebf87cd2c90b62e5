/**
 * Instances that bear our tags and belong to no host, and intents that nobody waits for any more.
 *
 * An intent's row is written before its instance is launched, and instances are listed before the rows are read: so every
 * instance in the list had its row, unless that row is gone or names another instance. No row at all proves nothing but
 * that the table is empty: then nothing is deleted.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import { isComing, type Host } from '../model/host.ts';
import { isAlive, type InstanceView } from '../model/instance.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { planPlacements, type Unplaced } from '../scheduling/plan.ts';
import { emptyHost } from './demand.ts';

export interface Orphan {
  readonly key: string;
  readonly instance: InstanceView;
  /** Why it is nobody's. */
  readonly reason: string;
}

export function orphans(
  instances: readonly InstanceView[],
  hosts: readonly Host[],
  { garbageAgeMs }: Pick<ClusterSettings, 'garbageAgeMs'>,
  nowMs: number,
): Orphan[] {
  if (hosts.length === 0) return [];
  return instances.filter(isAlive).flatMap((instance) => {
    if (nowMs - instance.launchedAtMs < garbageAgeMs) return [];
    const reason = whyNobodys(instance, hosts);
    return reason === null ? [] : [{ key: instance.instanceId, instance, reason }];
  });
}

/** Null: some row stands for it, or will. */
function whyNobodys(instance: InstanceView, hosts: readonly Host[]): string | null {
  if (hosts.some((host) => host.instanceId === instance.instanceId && host.state !== 'terminated'))
    return null;
  if (instance.host === null) return 'it has no tag berth:host';
  const row = hosts.find((host) => host.id === instance.host);
  if (row === undefined) return `there is no host ${instance.host}`;
  if (row.state === 'terminated') return `its host ${row.id} is terminated`;
  // The intent has not heard of its launch yet, and finds it by this very tag.
  return row.instanceId === null ? null : `its host ${row.id} is ${row.instanceId}`;
}

/** Intents without an instance for which no task waits (any more), such as those of a stack that was removed. */
export function unwantedIntents(
  snapshot: Pick<Snapshot, 'hosts' | 'settings'>,
  unplaced: readonly Unplaced[],
  nowMs: number,
): Host[] {
  const coming = snapshot.hosts.map((view) => view.host).filter((host) => isComing(host.state));
  const needs = unplaced.map((one) => one.needs);
  const candidates = coming.map((host) => emptyHost(host.id, host.launch.architecture, host.capacity));
  const used = new Set(planPlacements(needs, candidates, nowMs, 'demand').placed.map(({ host }) => host));
  return coming.filter(
    (host) =>
      host.state === 'requested' &&
      host.instanceId === null &&
      !used.has(host.id) &&
      nowMs - host.requestedAtMs >= snapshot.settings.garbageAgeMs,
  );
}
