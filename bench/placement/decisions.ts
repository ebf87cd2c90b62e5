/** How long single decisions take: a batch of one task against a fleet that is indexed already, as a pass has it. */
import { buildFleet } from '../../functions/core/scheduling/fleet.ts';
import type { Candidate, TaskNeeds } from '../../functions/core/scheduling/needs.ts';
import { planOnFleet } from '../../functions/core/scheduling/plan.ts';

export interface Decisions {
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Fewer where each looks at very many hosts. */
const COUNT = { most: 2000, least: 100, looks: 10_000_000 } as const;

/** Each of another service than the one before, so that none profits from its neighbours: the dearest way to ask. */
export function timeDecisions(batch: readonly TaskNeeds[], hosts: readonly Candidate[]): Decisions {
  const count = Math.max(COUNT.least, Math.min(COUNT.most, Math.floor(COUNT.looks / hosts.length)));
  const tasks = batch.slice(0, count);
  const fleet = buildFleet(hosts, tasks, 'bench/one');
  const times = tasks.map((needs) => {
    const startMs = performance.now();
    planOnFleet([needs], fleet, 'bench/one');
    return (performance.now() - startMs) * 1000;
  });
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { count: times.length, p50Us: at(0.5), p99Us: at(0.99) };
}
