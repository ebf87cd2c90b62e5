/** Preference among hosts that can take a task: packing first, then fewer replicas of the same service, then chance. */
import type { Capacity } from '../model/host.ts';
import { hash32 } from '../random.ts';
import { otherReplicas } from './filters.ts';
import type { Candidate, TaskNeeds } from './needs.ts';

export interface Ranked {
  readonly candidate: Candidate;
  /** Mean share of the host's cpu and memory that stays free; the least leftover wins. */
  readonly leftover: number;
}

export function leftover(needs: TaskNeeds, candidate: Candidate, free: Capacity): number {
  const share = (left: number, total: number): number => (total === 0 ? 0 : left / total);
  return (
    (share(free.cpuMillis - needs.cpuMillis, candidate.schedulable.cpuMillis) +
      share(free.memoryBytes - needs.memoryBytes, candidate.schedulable.memoryBytes)) /
    2
  );
}

export function best(needs: TaskNeeds, feasible: readonly Ranked[], seed: string): Ranked | undefined {
  const chance = (ranked: Ranked): number => hash32(`${seed}/${ranked.candidate.id}`);
  return [...feasible].sort(
    (a, b) =>
      a.leftover - b.leftover ||
      otherReplicas(needs, a.candidate) - otherReplicas(needs, b.candidate) ||
      chance(a) - chance(b),
  )[0];
}
