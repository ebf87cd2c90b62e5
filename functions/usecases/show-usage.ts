/** What replicas and hosts use, as the API shows it: pure. */
import type { HostUsage, ReplicaUsage } from '../../contract/http-api.ts';
import type { TaskId } from '../core/model/ids.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Assignment, HostLease } from '../core/model/task.ts';
import type { HostLoad, TaskUsage } from '../core/model/usage.ts';

/** By task. What a silent host said last is no longer so. */
export function usagesOf({ hosts }: Pick<Snapshot, 'hosts'>): ReadonlyMap<TaskId, TaskUsage> {
  const told = hosts.filter(({ host }) => host.silence === null);
  return new Map(told.flatMap(({ lease }) => (lease?.usage ?? []).map((usage) => [usage.task, usage])));
}

export function showUsage(
  usage: TaskUsage | undefined,
  { cpuMillis, memoryBytes }: Pick<Assignment, 'cpuMillis' | 'memoryBytes'>,
): ReplicaUsage | null {
  if (usage === undefined) return null;
  return {
    cpuMillis: usage.cpuMillis,
    memoryBytes: usage.memoryBytes,
    cpuPercent: percent(usage.cpuMillis, cpuMillis),
    memoryPercent: percent(usage.memoryBytes, memoryBytes),
    ...showLoad(usage),
    metrics: usage.metrics,
    isProtected: usage.isProtected,
  };
}

export const showHostUsage = ({ cpuPercent, memoryPercent, diskPercent, load }: HostLease): HostUsage => ({
  ...{ cpuPercent, memoryPercent, diskPercent },
  ...showLoad(load ?? {}),
});

const showLoad = (load: HostLoad) => ({
  networkBytesPerSecond: load.networkBytesPerSecond ?? null,
  diskBytesPerSecond: load.diskBytesPerSecond ?? null,
  cpuPressurePercent: load.cpuPressurePercent ?? null,
  memoryPressurePercent: load.memoryPressurePercent ?? null,
});

/** To a tenth. */
const percent = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part * 1000) / whole) / 10;
