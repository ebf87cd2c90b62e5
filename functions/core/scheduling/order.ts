/** The order in which tasks are placed, and which of them are alike. */
import type { Fleet } from './fleet.ts';
import { isDeepEqual } from '../deep-equal.ts';
import { rulesOf, type TaskNeeds } from './needs.ts';

/**
 * The higher priority first; then those for which room is kept, so that no equal takes it; then the larger: the largest share of a mean host's cpu or memory, as large ones find room
 * last. Then by name, so that the plan does not depend on the order of the input.
 */
export function decreasing(
  batch: readonly TaskNeeds[],
  fleet: Fleet,
  hasRoom: (needs: TaskNeeds) => boolean,
): TaskNeeds[] {
  const mean = (values: Float64Array): number => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [cpu, memory] =
    fleet.hosts.length === 0 ? [1, 1] : [mean(fleet.totalCpuMillis), mean(fleet.totalMemoryBytes)];
  const share = (part: number, whole: number): number => (whole === 0 ? part : part / whole);
  return batch
    .map((needs) => ({
      needs,
      priority: rulesOf(needs).priority,
      kept: Number(hasRoom(needs)),
      size: Math.max(share(needs.cpuMillis, cpu), share(needs.memoryBytes, memory)),
    }))
    .sort((a, b) => b.priority - a.priority || b.kept - a.kept || b.size - a.size || byName(a.needs, b.needs))
    .map(({ needs }) => needs);
}

function byName(a: TaskNeeds, b: TaskNeeds): number {
  if (a.stack !== b.stack) return a.stack < b.stack ? -1 : 1;
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  if (a.slot !== b.slot) return a.slot - b.slot;
  return a.memoryBytes - b.memoryBytes || a.cpuMillis - b.cpuMillis || a.pids - b.pids;
}

/** Neighbours in that order that differ in their slots alone. */
export function groupsOf(ordered: readonly TaskNeeds[]): TaskNeeds[][] {
  const groups: TaskNeeds[][] = [];
  for (const needs of ordered) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && isAlike(group[0], needs)) group.push(needs);
    else groups.push([needs]);
  }
  return groups;
}

function isAlike(a: TaskNeeds, b: TaskNeeds): boolean {
  return (
    a.stack === b.stack &&
    a.service === b.service &&
    a.revision === b.revision &&
    a.digest === b.digest &&
    a.architecture === b.architecture &&
    a.cpuMillis === b.cpuMillis &&
    a.memoryBytes === b.memoryBytes &&
    a.pids === b.pids &&
    a.diskBytes === b.diskBytes &&
    a.maxReplicasPerHost === b.maxReplicasPerHost &&
    a.image === b.image &&
    a.replicas === b.replicas &&
    isSame(a.ports, b.ports) &&
    isSame(a.gpus, b.gpus) &&
    isSame(a.rules, b.rules) &&
    isSame(a.avoidedBy, b.avoidedBy)
  );
}

const isSame = (a: unknown, b: unknown): boolean => a === b || isDeepEqual(a, b);
