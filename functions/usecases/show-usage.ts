/** What replicas and hosts use, as the API shows it: pure. */
import type { HostUsage, ReplicaUsage } from '../../contract/http-api.ts';
import { loadsOf, type TaskHost } from '../core/autoscaling/usage-percent.ts';
import type { AutoscaleTarget } from '../core/model/autoscale.ts';
import type { TaskId } from '../core/model/ids.ts';
import type { ServiceSpec } from '../core/model/service-spec.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Assignment, HostLease } from '../core/model/task.ts';
import type { HostLoad, TaskUsage } from '../core/model/usage.ts';

/** By task. What a silent host said last is no longer so. */
export function usagesOf({ hosts }: Pick<Snapshot, 'hosts'>): ReadonlyMap<TaskId, TaskUsage> {
  const told = hosts.filter(({ host }) => host.silence === null);
  return new Map(told.flatMap(({ lease }) => (lease?.usage ?? []).map((usage) => [usage.task, usage])));
}

export interface ShownTask {
  readonly assignment: Pick<Assignment, 'cpuMillis' | 'memoryBytes'>;
  /** As the task's revision has it; undefined: that one is not at hand, so its limits are not known. */
  readonly spec: Pick<ServiceSpec, 'resources' | 'autoscale'> | undefined;
  readonly host: TaskHost;
}

/** Percents of what the autoscaler measures by, and of what that is. */
export function showUsage(usage: TaskUsage | undefined, task: ShownTask): ReplicaUsage | null {
  if (usage === undefined) return null;
  const { assignment, spec, host } = task;
  const reserved = { reservedCpuMillis: assignment.cpuMillis, reservedMemoryBytes: assignment.memoryBytes };
  const targets = (['cpu', 'memory'] as const).map((kind) => targetOf(kind, spec));
  const loads = loadsOf(targets, usage, spec?.resources ?? reserved, host);
  return {
    cpuMillis: usage.cpuMillis,
    memoryBytes: usage.memoryBytes,
    cpuPercent: toTenth(loads.usage[0]),
    cpuPercentOf: loads.of?.[0] ?? null,
    memoryPercent: toTenth(loads.usage[1]),
    memoryPercentOf: loads.of?.[1] ?? null,
    ...showLoad(usage),
    metrics: usage.metrics,
    isProtected: usage.isProtected,
  };
}

/** The service's own, which knows whether its reservation was named; else one that takes it as named. */
const targetOf = (kind: 'cpu' | 'memory', spec: ShownTask['spec']): AutoscaleTarget =>
  spec?.autoscale?.targets.find((target) => target.kind === kind) ?? { kind, percent: 100 };

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

const toTenth = (percent: number | null | undefined): number | null =>
  percent === null || percent === undefined ? null : Math.round(percent * 10) / 10;
