/** One look at an autoscaled service: what its replicas use, and what its autoscaler makes of that. */
import type { AutoscaleTarget, AutoscaleMemory, ReplicaLoad } from '../model/autoscale.ts';
import type { TaskId } from '../model/ids.ts';
import type { HostView } from '../model/snapshot.ts';
import { hasEnded } from '../model/task.ts';
import type { TaskUsage } from '../model/usage.ts';
import { BEAT_GRACE_MS } from '../health/signs.ts';
import { onePerSlot } from '../rollout/one-per-slot.ts';
import type { ServiceTarget } from '../rollout/targets.ts';
import { isServing, type TaskView } from '../rollout/task-view.ts';
import { boundsAt, type Bounds } from './bounds.ts';
import { decideAutoscale, type AutoscaleDecision } from './decide-autoscale.ts';
import { loadsOf } from './usage-percent.ts';
import { manualOf } from './wanted-replicas.ts';

/** What the hosts' last beats say, by task. */
export interface Usages {
  readonly of: (task: TaskId) => TaskUsage | undefined;
  /** Tasks on a host that have not ended. */
  readonly tasksOn: (host: string) => number;
}

/** Only from beats that are not overdue: what is older is missing, and what is missing takes no replica away. */
export function usagesOf(hosts: readonly HostView[], tasks: readonly TaskView[], nowMs: number): Usages {
  const known = new Map<TaskId, TaskUsage>();
  for (const { host, lease } of hosts) {
    if (lease === null || lease.bootId !== host.bootId) continue;
    if (nowMs - lease.receivedAtMs > lease.paceMs + BEAT_GRACE_MS) continue;
    for (const usage of lease.usage ?? []) known.set(usage.task, usage);
  }
  return { of: (task) => known.get(task), ...hostTasks(tasks) };
}

/** By host, the tasks that share it. */
export function hostTasks(tasks: readonly TaskView[]): Pick<Usages, 'tasksOn'> {
  const counts = new Map<string, number>();
  for (const { host, phase } of tasks)
    if (!hasEnded(phase)) counts.set(host.id, (counts.get(host.id) ?? 0) + 1);
  return { tasksOn: (host) => counts.get(host) ?? 0 };
}

export interface Look {
  readonly target: ServiceTarget;
  readonly targets: readonly AutoscaleTarget[];
  /** One task a replica, in the order of `loads`. */
  readonly tasks: readonly TaskView[];
  readonly loads: readonly ReplicaLoad[];
  /** The number from which it was decided. */
  readonly current: number;
  readonly bounds: Bounds;
  readonly decision: AutoscaleDecision;
  /** Mean over the replicas that serve and tell, by target; null: none does. */
  readonly means: readonly (number | null)[];
}

/** `tasks` of this service alone. Null: it is not autoscaled. */
export function lookAt(
  target: ServiceTarget,
  tasks: readonly TaskView[],
  memory: AutoscaleMemory,
  at: { readonly usages: Usages; readonly nowMs: number },
): Look | null {
  const { spec, scale } = target;
  if (spec.autoscale === undefined) return null;
  const { targets } = spec.autoscale;
  const replicas = onePerSlot(
    tasks.filter(({ assignment, phase }) => assignment.wanted === 'run' && !hasEnded(phase)),
  );
  const loads = replicas.map((view): ReplicaLoad => {
    const { task } = view.assignment;
    const host = { capacity: view.host.capacity, tasks: at.usages.tasksOn(view.host.id) };
    return { task, isReady: isServing(view), ...loadsOf(targets, at.usages.of(task), spec.resources, host) };
  });
  const manual = manualOf(spec, scale);
  const current = scale?.replicas ?? target.replicas;
  return {
    target,
    targets,
    tasks: replicas,
    loads,
    current,
    bounds: boundsAt(spec.autoscale, manual, at.nowMs),
    decision: decideAutoscale(spec.autoscale, loads, { replicas: current, memory, bounds: manual }, at.nowMs),
    means: targets.map((_, index) => meanOf(loads, index)),
  };
}

function meanOf(loads: readonly ReplicaLoad[], index: number): number | null {
  const known = loads.flatMap(({ isReady, usage }) => (isReady ? (usage[index] ?? []) : []));
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
