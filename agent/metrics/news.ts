/** Which change of what tasks use is worth a beat of its own: pure. */
import type { ContainerSpec, TaskUsage } from '../../contract/agent-protocol.ts';

/** Percent of what the task has: its reservation, else its limit; for metrics, of what they aim at. */
export const TASK_STEP = 10;
/** Less is noise, however small the reservation, and enough where there is none: 5 % of a vCPU, 16 MiB. */
export const NOISE = { cpuMillis: 50, memoryBytes: 16 * 1024 * 1024 } as const;

/**
 * A task that is new uses nothing before; that one is gone is for the report to tell.
 * @param specs by task
 */
export function isUsageNews(
  told: readonly TaskUsage[],
  now: readonly TaskUsage[],
  specs: ReadonlyMap<string, ContainerSpec>,
): boolean {
  const before = new Map(told.map((each) => [each.task, each]));
  return now.some((usage) => {
    const spec = specs.get(usage.task);
    return spec !== undefined && hasMoved(before.get(usage.task), usage, spec);
  });
}

function hasMoved(before: TaskUsage | undefined, now: TaskUsage, spec: ContainerSpec): boolean {
  if ((before?.isProtected ?? false) !== (now.isProtected ?? false)) return true;
  const cpu = spec.reservedCpuMillis || (spec.limitCpuMillis ?? 0);
  const memory = spec.reservedMemoryBytes || (spec.limitMemoryBytes ?? 0);
  const stepOf = (whole: number, least: number): number => Math.max(least, (whole * TASK_STEP) / 100);
  return (
    Math.abs(now.cpuMillis - (before?.cpuMillis ?? 0)) >= stepOf(cpu, NOISE.cpuMillis) ||
    Math.abs(now.memoryBytes - (before?.memoryBytes ?? 0)) >= stepOf(memory, NOISE.memoryBytes) ||
    (spec.metrics ?? []).some(({ name, value }) => {
      const [then, since] = [before?.metrics?.[name], now.metrics?.[name]];
      if (then === undefined || since === undefined) return then !== since;
      return Math.abs(since - then) >= (value * TASK_STEP) / 100;
    })
  );
}
