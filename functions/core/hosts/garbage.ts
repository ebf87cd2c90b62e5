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
import { whyItStays } from './floor.ts';
import { comingHosts } from './plan-hosts.ts';

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
  if (instance.host === null) {
    if (instance.batch === null) return 'it has neither a tag berth:host nor a tag berth:intent';
    const isAwaited = hosts.some(
      (host) =>
        host.launch.batch === instance.batch && host.instanceId === null && host.state !== 'terminated',
    );
    // One of them claims it in this pass or in the next one.
    return isAwaited ? null : `no host of its batch ${instance.batch} waits for an instance`;
  }
  const row = hosts.find((host) => host.id === instance.host);
  if (row === undefined) return `there is no host ${instance.host}`;
  if (row.state === 'terminated') return `its host ${row.id} is terminated`;
  // The intent has not heard of its launch yet, and finds it by this very tag.
  return row.instanceId === null ? null : `its host ${row.id} is ${row.instanceId}`;
}

/**
 * Intents without an instance for which no task waits (any more), such as those of a stack that was removed, and that no
 * pool needs for its least number of hosts or its headroom.
 */
export function unwantedIntents(
  snapshot: Pick<Snapshot, 'hosts' | 'settings'>,
  unplaced: readonly Unplaced[],
  nowMs: number,
): Host[] {
  const coming = snapshot.hosts.map((view) => view.host).filter((host) => isComing(host.state));
  const needs = unplaced.map((one) => one.needs);
  const placed = planPlacements(needs, comingHosts(snapshot), nowMs, 'demand').placed;
  const used = new Set(placed.map(({ host }) => host));
  const old = coming.filter(
    (host) =>
      host.state === 'requested' &&
      host.instanceId === null &&
      !used.has(host.id) &&
      nowMs - host.requestedAtMs >= snapshot.settings.garbageAgeMs,
  );
  // One after the other: of two that each could go the floor may need one.
  const going = new Set<string>();
  return old.filter((host) => {
    const without = new Set([...going, host.id]);
    if (whyItStays(host, { snapshot, without, nowMs }) !== null) return false;
    going.add(host.id);
    return true;
  });
}
