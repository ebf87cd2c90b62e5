/** What a task uses, in the unit of each target: percent of the reservation, else the limit, else the host's share. */
import type { AutoscaleTarget, ReplicaLoad, UsageBase } from '../model/autoscale.ts';
import type { Capacity } from '../model/host.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { TaskUsage } from '../model/usage.ts';

/** What the host of the task is and has; its tasks are those that have not ended, this one among them. */
export interface TaskHost {
  readonly capacity: Capacity;
  readonly tasks: number;
}

/** What a task may use and was given, as far as percents are concerned. */
export type Measured = Pick<ServiceSpec['resources'], 'reservedCpuMillis' | 'reservedMemoryBytes'> &
  Partial<Pick<ServiceSpec['resources'], 'limitCpuMillis' | 'limitMemoryBytes'>>;

interface Base {
  readonly amount: number;
  readonly base: UsageBase;
}

/** One value and one base for each target, in their order. `usage` undefined: its host's beat does not tell of the task. */
export function loadsOf(
  targets: readonly AutoscaleTarget[],
  usage: TaskUsage | undefined,
  resources: Measured,
  host: TaskHost,
): Required<Pick<ReplicaLoad, 'usage' | 'of'>> {
  const bases = targets.map((target) => baseOf(target, resources, host));
  return {
    usage: targets.map((target, index) => valueOf(target, usage, bases[index] ?? null)),
    of: bases.map((base) => base?.base ?? null),
  };
}

function valueOf(target: AutoscaleTarget, usage: TaskUsage | undefined, base: Base | null): number | null {
  if (usage === undefined) return null;
  if (target.kind === 'metric') return finite(usage.metrics[target.name]);
  if (base === null) return null;
  return finite(((target.kind === 'cpu' ? usage.cpuMillis : usage.memoryBytes) / base.amount) * 100);
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) && value >= 0 ? value : null;

/** Null: a metric, or a host whose capacity is not known. */
function baseOf(target: AutoscaleTarget, resources: Measured, host: TaskHost): Base | null {
  if (target.kind === 'metric') return null;
  const isCpu = target.kind === 'cpu';
  const limit = isCpu ? resources.limitCpuMillis : resources.limitMemoryBytes;
  const reserved = isCpu ? resources.reservedCpuMillis : resources.reservedMemoryBytes;
  const share = (isCpu ? host.capacity.cpuMillis : host.capacity.memoryBytes) / Math.max(1, host.tasks);
  // Where only a limit is named as much is reserved: the same number, by the name that the document gave it.
  if (limit !== undefined && (reserved === limit || reserved === 0)) return { amount: limit, base: 'limit' };
  if (target.of === undefined && reserved > 0) return { amount: reserved, base: 'reservation' };
  return share > 0 ? { amount: share, base: 'host-share' } : null;
}
