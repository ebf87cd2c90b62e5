/** What a pass wants placed, and where it goes: all services at once, onto the manifests as they will be. */
import { hostSchedules } from './hosts/host-schedules.ts';
import { poolNamed } from './model/pool.ts';
import type { Snapshot } from './model/snapshot.ts';
import type { Assignment } from './model/task.ts';
import type { ServiceStep } from './rollout/decide-service.ts';
import type { ServiceTarget } from './rollout/targets.ts';
import type { TaskView } from './rollout/task-view.ts';
import { candidateOf, needsOf, type TaskNeeds } from './scheduling/needs.ts';
import { planPlacements, type PlacementPlan } from './scheduling/plan.ts';

export interface PlacingService {
  readonly stack: string;
  readonly service: string;
  readonly target: ServiceTarget | null;
  readonly tasks: readonly TaskView[];
  readonly step: Pick<ServiceStep, 'place' | 'slots'>;
}

export function placeAll(
  snapshot: Snapshot,
  cases: readonly PlacingService[],
  byHost: ReadonlyMap<string, readonly Assignment[]>,
  nowMs: number,
  seed: string,
): PlacementPlan {
  const placing = cases.filter((one) => one.step.place.length > 0);
  const siblings = placing.length === 0 ? NO_SIBLINGS : siblingsByStack(cases);
  const batch = placing.flatMap((one) =>
    one.step.place.flatMap((slot) => needsFor(one, slot, siblings, snapshot)),
  );
  if (batch.length === 0) return { placed: [], unplaced: [] };
  const candidates = snapshot.hosts
    .filter((view) => hostSchedules(view))
    .map((view) => {
      const pool = poolNamed(snapshot.settings, view.host.pool);
      return candidateOf(view.host, byHost.get(view.host.id) ?? [], view.report, pool);
    });
  return planPlacements(batch, candidates, nowMs, seed);
}

/** The services of each stack that are wanted, by name. */
type Siblings = ReadonlyMap<string, Readonly<Record<string, ServiceTarget>>>;
const NO_SIBLINGS: Siblings = new Map();

function siblingsByStack(cases: readonly PlacingService[]): Siblings {
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
  { stack, service, target, tasks, step }: PlacingService,
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
