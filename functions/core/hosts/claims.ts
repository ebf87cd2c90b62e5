/**
 * Which instance is which host's. EC2 launches a batch as a whole and tags all its instances alike; each instance then
 * belongs to one row of the batch, in the order of instance ids and row ids, so that two passes choose the same. A row
 * that waits comes before one that was cancelled: an instance that nobody waits for is claimed only to be ended.
 */
import type { Host } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';
import { isAlive, type InstanceView } from '../model/instance.ts';

export type Claims = ReadonlyMap<HostId, InstanceView>;

/** For rows that have no instance yet. */
export function claimInstances(rows: readonly Host[], instances: readonly InstanceView[]): Claims {
  const claims = new Map<HostId, InstanceView>();
  const owned = new Set(rows.flatMap((row) => row.instanceId ?? []));
  const open = rows.filter((row) => row.instanceId === null && row.state !== 'terminated');
  const free = instances.filter((one) => isAlive(one) && !owned.has(one.instanceId));
  for (const row of open) {
    const own = free.find((one) => one.host === row.id);
    if (own !== undefined) claims.set(row.id, own);
  }
  const taken = new Set([...claims.values()].map((one) => one.instanceId));
  const waiting = [...open].filter((row) => !claims.has(row.id)).sort(byTurn);
  const untagged = free.filter(
    (one) => one.host === null && one.batch !== null && !taken.has(one.instanceId),
  );
  for (const instance of [...untagged].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1))) {
    const row = waiting.find((one) => one.launch.batch === instance.batch && !claims.has(one.id));
    if (row !== undefined) claims.set(row.id, instance);
  }
  return claims;
}

const byTurn = (a: Host, b: Host): number =>
  Number(a.state !== 'requested') - Number(b.state !== 'requested') || (a.id < b.id ? -1 : 1);
