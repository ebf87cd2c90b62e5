/** The placements of one pass: tasks that are due onto the hosts as the pass leaves them, and room for those that find none. */
import type { Decision } from './model/decision.ts';
import { hostSchedules } from './hosts/host-schedules.ts';
import { poolNamed } from './model/pool.ts';
import type { Snapshot } from './model/snapshot.ts';
import type { Assignment } from './model/task.ts';
import type { ServiceTarget } from './rollout/targets.ts';
import { leaveFor } from './preemption/leave-for.ts';
import { createRooms } from './preemption/make-rooms.ts';
import { mayPreempt } from './preemption/may-preempt.ts';
import { findVictims, type ServiceTasks } from './preemption/victims.ts';
import { selfProtected } from './rollout/protection.ts';
import { buildFleet } from './scheduling/fleet.ts';
import { candidateOf, needsOf, type TaskNeeds } from './scheduling/needs.ts';
import { planOnFleet, type PlacementPlan } from './scheduling/plan.ts';

export interface Placed extends PlacementPlan {
  readonly decisions: readonly Decision[];
}

/** @param byHost every manifest as this pass leaves it; those of hosts from which tasks leave for others are replaced */
export function placeTasks(
  snapshot: Snapshot,
  cases: readonly ServiceTasks[],
  byHost: Map<string, Assignment[]>,
  { nowMs, seed }: { readonly nowMs: number; readonly seed: string },
): Placed {
  const placing = cases.filter((one) => one.step.place.length > 0);
  const siblings = placing.length === 0 ? NO_SIBLINGS : siblingsByStack(cases);
  const batch = placing.flatMap((one) =>
    one.step.place.flatMap((slot) => needsFor(one, slot, siblings, snapshot)),
  );
  if (batch.length === 0) return { placed: [], unplaced: [], decisions: [] };
  const candidates = snapshot.hosts
    .filter((view) => hostSchedules(view))
    .map((view) => {
      const pool = poolNamed(snapshot.settings, view.host.pool);
      return candidateOf(view.host, byHost.get(view.host.id) ?? [], view.report, pool);
    });
  const fleet = buildFleet(candidates, batch, seed);
  const victims = () => findVictims(cases, { selfProtected: selfProtected(snapshot.hosts), nowMs });
  const manifests = snapshot.hosts.map(({ manifest }) => manifest);
  const may = mayPreempt(snapshot, memoryIn(cases));
  const rooms = createRooms({ fleet, manifests, victims, may });
  const plan = planOnFleet(batch, fleet, seed, rooms);
  const decisions = rooms.made().flatMap((one) => {
    const leaving = leaveFor(one, byHost.get(one.host) ?? [], nowMs);
    byHost.set(one.host, [...leaving.assignments]);
    return leaving.decisions;
  });
  return { ...plan, decisions };
}

const memoryIn =
  (cases: readonly ServiceTasks[]) =>
  ({ stack, service, slot }: TaskNeeds) =>
    cases.find((one) => one.stack === stack && one.service === service)?.step.slots[slot];

/** The services of each stack that are wanted, by name. */
type Siblings = ReadonlyMap<string, Readonly<Record<string, ServiceTarget>>>;
const NO_SIBLINGS: Siblings = new Map();

function siblingsByStack(cases: readonly ServiceTasks[]): Siblings {
  const byStack = Map.groupBy(cases, ({ stack }) => stack);
  return new Map(
    [...byStack].map(([stack, own]) => [
      stack,
      Object.fromEntries(own.flatMap(({ service, target }) => (target === null ? [] : [[service, target]]))),
    ]),
  );
}

/** What a replica asks of a host; nothing when its service is to go. */
function needsFor(
  { stack, service, target, tasks, step }: ServiceTasks,
  slot: number,
  siblings: Siblings,
  { settings }: Snapshot,
): TaskNeeds[] {
  if (target === null) return [];
  const failed = tasks.filter((task) => task.assignment.slot === slot && task.phase === 'failed');
  const remembered = step.slots[slot]?.host;
  const failedOn = [...failed.map(({ host }) => host.id), ...(remembered === undefined ? [] : [remembered])];
  const of = { ...target, siblings: siblings.get(stack), failedOn: [...new Set(failedOn)].sort() };
  return [needsOf({ stack, service, slot, revision: target.revision }, of, settings)];
}
