/**
 * What preemption adds to a pass: the same batch planned without it and with it, on hosts that have room and on hosts that
 * are full. With it means all that a pass does for it: who may leave, and for whom room is made.
 */
import type { HostManifest } from '../../functions/core/model/task.ts';
import type { Host } from '../../functions/core/model/host.ts';
import { NO_RULES } from '../../functions/core/model/placement.ts';
import { withScale } from '../../functions/core/rollout/targets.ts';
import type { TaskView } from '../../functions/core/rollout/task-view.ts';
import { createRooms, type RoomMaker } from '../../functions/core/preemption/make-rooms.ts';
import { findVictims, VICTIM_AGE_MS, type ServiceTasks } from '../../functions/core/preemption/victims.ts';
import { buildFleet } from '../../functions/core/scheduling/fleet.ts';
import type { Candidate, TaskNeeds } from '../../functions/core/scheduling/needs.ts';
import { planOnFleet } from '../../functions/core/scheduling/plan.ts';
import { host, serviceSpec } from '../../test/support/builders.ts';
import { summarize, type Summary } from '../lib/stats.ts';
import { benchBatch, benchHosts, benchServices } from './world.ts';

export interface PreemptionCase {
  readonly hosts: number;
  /** Percent of CPU or memory that is reserved. */
  readonly fullPercent: number;
  readonly tasks: number;
  readonly unplaced: number;
  /** For so many tasks others leave, so many together. */
  readonly rooms: number;
  readonly victims: number;
  /** Processor time of a plan, the index of the fleet included. */
  readonly withoutMs: Summary;
  readonly withMs: Summary;
  /** Of that: finding who may leave; 0: nobody asked. */
  readonly findingMs: Summary;
}

export interface PreemptionWorld {
  readonly hosts: number;
  readonly full: number;
  readonly services: number;
  readonly tasks: number;
}

export function timePreemption(world: PreemptionWorld, rounds: number): PreemptionCase {
  const services = benchServices(world.services);
  const fleet = numbered(benchHosts(world.hosts, services, world.full));
  const batch = benchBatch(world.tasks, services);
  const running = serviceTasks(fleet, services);
  const times: { without: number; with: number; finding: number }[] = [];
  let [unplaced, rooms, victims] = [0, 0, 0];
  for (let round = 0; round <= rounds; round += 1) {
    const seed = `bench/${String(round)}`;
    const without = timed(() => planOnFleet(batch, buildFleet(fleet, batch, seed), seed));
    const run = timed(() => withRooms(batch, fleet, running, seed));
    // The first round warms up.
    if (round > 0) times.push({ without: without.ms, with: run.ms, finding: run.result.findingMs });
    const made = run.result.rooms.made();
    [unplaced, rooms] = [without.result.unplaced.length, made.length];
    victims = made.reduce((total, one) => total + one.victims.length, 0);
  }
  return {
    hosts: world.hosts,
    fullPercent: Math.round(world.full * 100),
    tasks: batch.length,
    ...{ unplaced, rooms, victims },
    withoutMs: summarize(times.map((one) => one.without)),
    withMs: summarize(times.map((one) => one.with)),
    findingMs: summarize(times.map((one) => one.finding)),
  };
}

/** As a pass does it (`functions/core/place-tasks.ts`), for tasks that may take room at once. */
function withRooms(
  batch: readonly TaskNeeds[],
  candidates: readonly Candidate[],
  running: readonly ServiceTasks[],
  seed: string,
): { readonly rooms: RoomMaker; readonly findingMs: number } {
  const fleet = buildFleet(candidates, batch, seed);
  let findingMs = 0;
  const rooms = createRooms({
    fleet,
    manifests: candidates.map(({ id, assignments }) => ({ host: id as HostManifest['host'], assignments })),
    victims: () => {
      const found = timed(() => findVictims(running, { selfProtected: new Set(), nowMs: VICTIM_AGE_MS }));
      findingMs += found.ms;
      return found.result;
    },
    may: () => ({ may: 'now', asksForHost: false }),
  });
  planOnFleet(batch, fleet, seed, rooms);
  return { rooms, findingMs };
}

function timed<Result>(run: () => Result): { readonly result: Result; readonly ms: number } {
  const used = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(used);
  return { result, ms: (user + system) / 1000 };
}

/** Above those of the batch, so that each task of a service is a replica of its own. */
const FIRST_SLOT = 1_000_000;

function numbered(hosts: readonly Candidate[]): Candidate[] {
  const slots = new Map<string, number>();
  return hosts.map((one) => ({
    ...one,
    assignments: one.assignments.map((task) => {
      const slot = (slots.get(task.service) ?? FIRST_SLOT) + 1;
      slots.set(task.service, slot);
      return { ...task, slot };
    }),
  }));
}

/** What runs, healthy and as wanted, so that of each service one replica may go. */
function serviceTasks(hosts: readonly Candidate[], services: readonly TaskNeeds[]): ServiceTasks[] {
  const views = hosts.flatMap(({ id, assignments }): TaskView[] => {
    const on = { ...host(id), id: id as Host['id'] };
    return assignments.map((assignment) => ({
      ...{ assignment, host: on, phase: 'running', health: 'healthy', inDns: 'serving', attempt: 1 },
      ...{ healthySinceMs: null, exitCode: null, cause: null, message: '' },
    }));
  });
  const byService = Map.groupBy(views, ({ assignment }) => assignment.service);
  return services.map(({ stack, service, digest, revision, rules }) => {
    const tasks = byService.get(service) ?? [];
    const spec = serviceSpec({ replicas: tasks.length, placement: rules ?? NO_RULES });
    const target = withScale({ stack, service, spec, digest, revision }, null, 0);
    const step = { drain: [], giveUp: [], place: [], slots: {}, passedOver: [], wakeAtMs: null };
    return { stack, service, target, tasks, step };
  });
}
