/**
 * Placement of a batch: largest first, each on the feasible host with the least leftover. Pure: equal input and seed
 * give an equal plan. Refusals explain themselves; a task that fits nowhere becomes demand for a host.
 */
import type { PortBinding } from '../model/task.ts';
import { refuse, type Refusal } from './filters.ts';
import { freeOf, type Candidate, type TaskNeeds } from './needs.ts';
import { choosePorts } from './ports.ts';
import { best, leftover, type Ranked } from './rank.ts';
import { assignmentOf } from './assignment.ts';

export interface Placement {
  readonly needs: TaskNeeds;
  readonly host: string;
  readonly ports: readonly PortBinding[];
  readonly reason: string;
}

export interface Unplaced {
  readonly needs: TaskNeeds;
  readonly refusals: readonly Refusal[];
  readonly reason: string;
}

export interface PlacementPlan {
  readonly placed: readonly Placement[];
  readonly unplaced: readonly Unplaced[];
}

/** Orders a batch: most memory, then most cpu first; then by name, so that the plan does not depend on input order. */
export function decreasing(batch: readonly TaskNeeds[]): TaskNeeds[] {
  const name = (needs: TaskNeeds): string =>
    `${needs.stack}/${needs.service}/${String(needs.slot).padStart(6, '0')}`;
  return [...batch].sort(
    (a, b) => b.memoryBytes - a.memoryBytes || b.cpuMillis - a.cpuMillis || (name(a) < name(b) ? -1 : 1),
  );
}

export function planPlacements(
  batch: readonly TaskNeeds[],
  candidates: readonly Candidate[],
  nowMs: number,
  seed: string,
): PlacementPlan {
  const hosts = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const placed: Placement[] = [];
  const unplaced: Unplaced[] = [];
  for (const needs of decreasing(batch)) {
    const outcome = place(needs, [...hosts.values()], seed);
    if ('refusals' in outcome) {
      unplaced.push(outcome);
      continue;
    }
    placed.push(outcome);
    const host = hosts.get(outcome.host);
    if (host)
      hosts.set(host.id, { ...host, assignments: [...host.assignments, assignmentOf(outcome, nowMs, seed)] });
  }
  return { placed, unplaced };
}

function place(needs: TaskNeeds, candidates: readonly Candidate[], seed: string): Placement | Unplaced {
  const refusals: Refusal[] = [];
  const feasible: Ranked[] = [];
  for (const candidate of candidates) {
    const free = freeOf(candidate);
    const refusal = refuse(needs, candidate, free);
    if (refusal) refusals.push(refusal);
    else feasible.push({ candidate, leftover: leftover(needs, candidate, free) });
  }
  const chosen = best(needs, feasible, seed);
  const key = `${seed}/${needs.stack}/${needs.service}/${needs.slot}`;
  const ports = chosen && choosePorts(needs.ports, chosen.candidate.assignments, key);
  if (!chosen || !ports) return { needs, refusals, reason: explain(refusals) };
  const among =
    feasible.length === 1 ? 'the only host that fits' : `least leftover of ${feasible.length} hosts that fit`;
  return {
    needs,
    host: chosen.candidate.id,
    ports,
    reason: `${among} (${Math.round(chosen.leftover * 100)} % stays free)`,
  };
}

/** "no host yet", or the refusals, equal ones counted together. */
export function explain(refusals: readonly Refusal[]): string {
  if (refusals.length === 0) return 'there is no host yet';
  const counts = new Map<string, string[]>();
  for (const refusal of refusals)
    counts.set(refusal.message, [...(counts.get(refusal.message) ?? []), refusal.host]);
  return [...counts]
    .slice(0, 5)
    .map(([message, hosts]) => `${hosts.length === 1 ? hosts[0] : `${hosts.length} hosts`}: ${message}`)
    .join('; ');
}
