/**
 * From tasks that found no host, the room to keep free and the least number of hosts to the batches to launch, pool by pool.
 *
 * Unplaced tasks go first onto hosts that are already coming, then onto imagined new ones. A task that even an empty host of
 * a pool's largest type could not take makes no demand there: it would launch hosts for ever. What keeps a pool from
 * growing - its maximum, its budget, shortages, the account's limits - is said in its words.
 */
import type { Snapshot } from '../model/snapshot.ts';
import { isComing, isGone, type Host } from '../model/host.ts';
import { NOTHING_SHORT, type OfferingMemory, type PoolRefusal } from '../model/offering.ts';
import { poolsOf, type Pool } from '../model/pool.ts';
import { candidateOf, type Candidate, type TaskNeeds } from '../scheduling/needs.ts';
import { planPlacements, type Unplaced } from '../scheduling/plan.ts';
import { assignmentOf } from '../scheduling/assignment.ts';
import { batchesOf } from './batches.ts';
import { comingHost, imaginedHost } from './imagined.ts';
import type { HostBatch } from './intent.ts';
import { hostSchedules } from './host-schedules.ts';
import { poolOptions, type HostCatalog, type PoolOptions } from './offerings.ts';
import { byZoneToo, headroomNeeds, poolTakes } from './pool-needs.ts';
import { holds, packCheapest, type Bin, type Packing, type Room } from './pack.ts';
import { priceOf } from './prices.ts';

export interface HostPlan {
  readonly batches: readonly HostBatch[];
  /** Why pools that should grow do not, or not as far as they should. */
  readonly refusals: readonly PoolRefusal[];
  /** Tasks for which no host can come now, from no pool; in the order of `unplaced`. */
  readonly inVain: readonly Unplaced[];
  /** When a pool that was refused may be asked again; null: only news will tell. */
  readonly againAtMs: number | null;
}

export interface PlanInput {
  readonly snapshot: Pick<Snapshot, 'hosts' | 'settings' | 'leftOut'>;
  readonly unplaced: readonly Unplaced[];
  readonly catalog: HostCatalog;
  readonly memory: OfferingMemory;
  /** The most hosts of one plan. */
  readonly limit: number;
  readonly nowMs: number;
}

export function planHosts(input: PlanInput): HostPlan {
  const { snapshot, nowMs } = input;
  const comings = comingHosts(snapshot);
  const onTheirWay = planPlacements(
    input.unplaced.map(({ needs }) => needs),
    comings,
    nowMs,
    'demand',
  );
  const filled = fill(comings, onTheirWay.placed, nowMs);
  let left: readonly TaskNeeds[] = onTheirWay.unplaced.map(({ needs }) => needs);
  const plans = poolsOf(snapshot.settings).map((pool) => {
    const one = planPool(pool, left, { ...input, filled });
    left = left.filter((needs) => !one.taken.has(needs));
    return one;
  });
  const nowhere = new Set(left);
  const times = plans.map((one) => one.againAtMs).filter((at) => at !== null);
  return {
    batches: limited(
      plans.flatMap((one) => one.batches),
      input.limit,
    ),
    refusals: plans.flatMap((one) => one.refusal ?? []),
    inVain: input.unplaced.filter(({ needs }) => nowhere.has(needs)),
    againAtMs: times.length === 0 ? null : Math.min(...times),
  };
}

/** Intents and hosts that boot, empty still. */
export const comingHosts = ({ hosts, settings }: Pick<Snapshot, 'hosts' | 'settings'>): Candidate[] =>
  hosts
    .filter(({ host }) => isComing(host.state) && host.drain === null)
    .map(({ host }) => comingHost(host, settings));

interface PoolPlan {
  readonly batches: readonly HostBatch[];
  readonly taken: ReadonlySet<TaskNeeds>;
  readonly refusal: PoolRefusal | null;
  readonly againAtMs: number | null;
}

interface PoolInput extends PlanInput {
  /** Hosts that are coming, with the tasks that go there. */
  readonly filled: ReadonlyMap<string, Candidate>;
}

function planPool(pool: Pool, tasks: readonly TaskNeeds[], input: PoolInput): PoolPlan {
  const { snapshot, catalog, memory, nowMs } = input;
  const hosts = snapshot.hosts.map((view) => view.host);
  const present = hosts.filter((host) => host.pool === pool.name && !isGone(host.state));
  const offered = poolOptions(pool, { catalog, memory, hosts, nowMs });
  const known = roomOf(pool, present, catalog);
  // Of hosts that nobody can read, each may be there.
  const room = { ...known, hosts: known.hosts - snapshot.leftOut.hosts.size };
  const wanted = tasks.filter((needs) => poolTakes(pool, needs));
  const forTasks = packCheapest(wanted, byZoneToo(offered.options, wanted), room, nowMs);
  const rest = less(room, forTasks.bins);
  const forHeadroom = packHeadroom(pool, forTasks.bins, { ...input, offered, room: rest });
  const forMinimum = packMinimum(pool, present.length + forTasks.bins.length + forHeadroom.bins.length, {
    offered,
    room: less(rest, forHeadroom.bins),
  });
  const bins = [...forTasks.bins, ...forHeadroom.bins, ...forMinimum.bins];
  const isShort =
    forHeadroom.left.length > 0 || forMinimum.missing > 0 || isAnyPossible(pool, forTasks.left, input);
  const message = isShort ? whyNoMore(pool, present, { offered, room: less(room, bins) }) : null;
  return {
    batches: batchesOf(pool, bins, { ...input, room, present }),
    taken: new Set(forTasks.bins.flatMap((bin) => bin.tasks)),
    refusal: message === null ? null : { pool: pool.name, message },
    againAtMs: isShort ? offered.againAtMs : null,
  };
}

/** Null: nothing stands in the way but the bound of one plan. */
function whyNoMore(
  pool: Pool,
  present: readonly Host[],
  { offered, room }: { readonly offered: PoolOptions; readonly room: Room },
): string | null {
  const waits = `the pool ${pool.name} should have another host`;
  if (room.hosts <= 0) return `${waits}, but has its ${pool.hostsMax} hosts (hostsMax)`;
  const [cheapest] = offered.options;
  if (cheapest === undefined) return `${waits}, but there is none to ask for: ${offered.missing.join('; ')}`;
  if (pool.budgetPerHour === null || room.perHour >= cheapest.price.perHour) return null;
  const spent = Math.max(0, pool.budgetPerHour - room.perHour);
  return (
    `${waits}, but its budget of $${pool.budgetPerHour}/h has no room for a ${cheapest.instanceType} at ` +
    `$${cheapest.price.perHour}/h: ${present.length} hosts cost $${Math.round(spent * 10_000) / 10_000}/h`
  );
}

function roomOf(pool: Pool, present: readonly Host[], { types, prices }: HostCatalog): Room {
  const spent = present.reduce((sum, host) => {
    const { instanceType } = host.launch;
    return sum + priceOf(instanceType, types.get(instanceType) ?? host.capacity, prices).perHour;
  }, 0);
  const perHour = pool.budgetPerHour === null ? Number.POSITIVE_INFINITY : pool.budgetPerHour - spent;
  return { hosts: Math.max(0, pool.hostsMax - present.length), perHour };
}

const less = (room: Room, bins: readonly Bin[]): Room => ({
  hosts: room.hosts - bins.length,
  perHour: room.perHour - bins.reduce((sum, { option }) => sum + option.price.perHour, 0),
});

interface Space extends PoolInput {
  readonly offered: PoolOptions;
  readonly room: Room;
}

/** What of the headroom fits neither on hosts that are there, nor on those that come, nor on those planned already. */
function packHeadroom(pool: Pool, planned: readonly Bin[], { offered, room, ...input }: Space): Packing {
  const [first] = offered.options;
  if (pool.headroom === null || first === undefined) return { bins: [], left: [] };
  const { snapshot, filled, nowMs } = input;
  const there = snapshot.hosts
    .filter((view) => view.host.pool === pool.name && hostSchedules(view))
    .map((view) => candidateOf(view.host, view.manifest.assignments, view.report, pool));
  const coming = snapshot.hosts.flatMap((view) =>
    view.host.pool === pool.name ? (filled.get(view.host.id) ?? []) : [],
  );
  const fresh = planned.map(({ option, tasks }, index) => {
    const host = imaginedHost(`a new host ${index + 1}`, option);
    return fill([host], planPlacements(tasks, [host], nowMs, 'demand').placed, nowMs).get(host.id) ?? host;
  });
  const needs = headroomNeeds(pool.headroom, first.architecture);
  const candidates = [...there, ...coming, ...fresh].filter(
    ({ architecture }) => architecture === first.architecture,
  );
  const left = planPlacements(needs, candidates, nowMs, 'demand').unplaced.map((one) => one.needs);
  return packCheapest(left, offered.options, room, nowMs);
}

function packMinimum(
  pool: Pool,
  count: number,
  { offered, room }: { readonly offered: PoolOptions; readonly room: Room },
): { readonly bins: readonly Bin[]; readonly missing: number } {
  const missing = Math.max(0, Math.min(pool.hostsMin, pool.hostsMax) - count);
  const [option] = offered.options;
  if (option === undefined) return { bins: [], missing };
  const affordable = Math.floor(room.perHour / option.price.perHour + 1e-9);
  const bins = Array.from({ length: Math.min(missing, room.hosts, affordable) }, () => ({
    option,
    tasks: [],
  }));
  return { bins, missing: missing - bins.length };
}

/** Whether some type of the pool, short or not, could take one of them alone; else they are no demand of this pool. */
function isAnyPossible(
  pool: Pool,
  left: readonly TaskNeeds[],
  { snapshot, catalog, nowMs }: PlanInput,
): boolean {
  if (left.length === 0) return false;
  const hosts = snapshot.hosts.map((view) => view.host);
  const anywhere = { ...pool, zones: [], subnets: [] };
  const { options } = poolOptions(anywhere, { catalog, memory: NOTHING_SHORT, hosts, nowMs });
  return left.some((needs) => options.some((option) => holds(option, [needs], nowMs)));
}

function fill(
  candidates: readonly Candidate[],
  placed: ReturnType<typeof planPlacements>['placed'],
  nowMs: number,
): ReadonlyMap<string, Candidate> {
  const hosts = new Map(candidates.map((one) => [one.id, one]));
  for (const placement of placed) {
    const host = hosts.get(placement.host);
    if (host === undefined) continue;
    const assignments = [...host.assignments, assignmentOf(placement, nowMs, 'demand')];
    hosts.set(host.id, { ...host, assignments });
  }
  return hosts;
}

function limited(batches: readonly HostBatch[], limit: number): readonly HostBatch[] {
  let room = limit;
  return batches.flatMap((batch) => {
    const count = Math.min(batch.count, room);
    room -= count;
    return count === 0 ? [] : [{ ...batch, count }];
  });
}
