/** What is measured of a cluster: one deploy that fills it, a minute at rest, single passes, and one change. */
import { AUDIT_EVERY_MS } from '../../functions/usecases/audit-zone.ts';
import { beat, poll } from './agents.ts';
import {
  agentsFollow,
  beatAll,
  deleteStack,
  putStack,
  settle,
  type Cluster,
  type LoopCosts,
} from './cluster.ts';
import {
  CHANGE_REPLICAS,
  changeStack,
  REPLICAS_MAX_PER_HOST,
  REPLICAS_PER_HOST,
  stacksOf,
} from './stacks.ts';
import { measure, plus, times, type Cost } from './stopwatch.ts';

const MINUTE_MS = 60_000;
const TICK_MS = 15_000;
const LOOPS = ['reconcile', 'register', 'provision'] as const;

export interface Fill {
  readonly replicas: number;
  /** All PUTs of the API. */
  readonly accepted: Cost;
  /** From the last PUT's answer until every replica stands in a stored manifest. */
  readonly durable: Cost;
  readonly passes: number;
  /** Until all run and are in DNS: each loop's runs, and what the agents asked meanwhile. */
  readonly loops: LoopCosts;
  readonly agents: Cost;
}

/** Passes until all is placed; more are a plan that does not come to its end. */
const PASSES_MAX = 50;

export async function fill(cluster: Cluster, replicas: number): Promise<Fill> {
  const { plane } = cluster;
  const accepted = await measure(plane, async () => {
    for (const spec of stacksOf(replicas)) await putStack(cluster, spec);
  });
  plane.wakes.clear();
  let durable: Cost | null = null;
  for (let passes = 1; passes <= PASSES_MAX; passes += 1) {
    const cost = await measure(plane, () => plane.loops.reconcile());
    durable = durable === null ? cost : plus(durable, cost);
    const manifests = await plane.ports.hosts.listManifests();
    if (manifests.reduce((total, { assignments }) => total + assignments.length, 0) < replicas) continue;
    const agents = await measure(plane, () => agentsFollow(cluster));
    return { replicas, accepted, durable, passes, loops: await settle(cluster), agents };
  }
  throw new Error(`${replicas} replicas are not placed after ${PASSES_MAX} passes`);
}

export const PASSES = ['reconcile', 'register', 'provision', 'tick'] as const;
export type Passes = Readonly<Record<(typeof PASSES)[number], Cost>>;

/** One pass of each, woken for nothing. */
export async function passesAtRest({ plane }: Cluster): Promise<Passes> {
  const [reconcile, register, provision] = [
    await measure(plane, () => plane.loops.reconcile()),
    await measure(plane, () => plane.loops.register()),
    await measure(plane, () => plane.loops.provision()),
  ];
  return { reconcile, register, provision, tick: await measure(plane, () => plane.tick({ first: false })) };
}

export interface Change {
  /** Each with the change before it that it has something to do about. */
  readonly passes: Passes;
  /** From the PUT until all is at rest: all loops and agents. */
  readonly whole: Cost;
}

/** One service more. It is taken away again, unmeasured, unless there is room for those of all rounds. */
export async function change(cluster: Cluster, number: number, rounds: number): Promise<Change> {
  const { plane } = cluster;
  const spec = changeStack(number);
  const put = await measure(plane, () => putStack(cluster, spec));
  const tick = await measure(plane, () => plane.tick({ first: false }));
  const reconcile = await measure(plane, () => plane.loops.reconcile());
  const agents = await measure(plane, () => agentsFollow(cluster));
  const judged = await measure(plane, () => plane.loops.reconcile());
  const register = await measure(plane, () => plane.loops.register());
  const provision = await measure(plane, () => plane.loops.provision());
  const rest = sumOf(await settle(cluster));
  const whole = [put, reconcile, agents, judged, register, rest].reduce(plus);
  if (roomOf(cluster) < rounds * CHANGE_REPLICAS) {
    await deleteStack(cluster, spec.name);
    await settle(cluster);
  }
  return { passes: { reconcile, register, provision, tick }, whole };
}

/** For replicas beside those that fill the cluster. */
const roomOf = ({ agents }: Cluster): number => agents.length * (REPLICAS_MAX_PER_HOST - REPLICAS_PER_HOST);

const sumOf = (costs: LoopCosts): Cost => LOOPS.map((loop) => costs[loop].cost).reduce(plus);

export interface AtRest {
  readonly beat: Cost;
  readonly poll: Cost;
  readonly hour: Cost;
}

/** An hour: 54 minutes like the measured one, and 6 in which the zone is looked at. */
export async function atRest(cluster: Cluster): Promise<AtRest> {
  const { plane, agents } = cluster;
  const count = agents.length;
  const beats = await measure(plane, () => beatAll(cluster));
  const polls = await measure(plane, async () => {
    for (const agent of agents) await poll(plane, agent);
  });
  const first = agents[0]?.host.id ?? '';
  const hello = await measure(plane, () => plane.doorbell.hello(`connection-of-${first}=`, first));
  const every = AUDIT_EVERY_MS / MINUTE_MS;
  const audited = await controlMinute(cluster, true);
  const plain = await controlMinute(cluster, false);
  const hour = [
    times(60, beats),
    times(60, polls),
    times(HELLOS_AN_HOUR * count, hello),
    times(60 / every, audited),
    times(60 - 60 / every, plain),
  ].reduce(plus);
  return { beat: times(1 / count, beats), poll: times(1 / count, polls), hour };
}

/** `agent/loops/doorbell.ts`: every 4 to 8 minutes. */
const HELLOS_AN_HOUR = 10;

/** Four ticks, and the loops that they wake. */
async function controlMinute(cluster: Cluster, audited: boolean): Promise<Cost> {
  const { plane } = cluster;
  const { clock } = plane;
  const minute = Math.floor(clock.nowMs() / MINUTE_MS);
  const every = AUDIT_EVERY_MS / MINUTE_MS;
  // The last look at the zone is then long enough ago.
  const next = audited ? Math.ceil((minute + every) / every) * every : minute + 1;
  // Nobody listens meanwhile; agents go on afterwards, within what the tick excuses.
  clock.set(next * MINUTE_MS);
  for (const agent of cluster.agents) await beat(plane, agent);
  cluster.heardAtMs = clock.nowMs();
  let cost: Cost | null = null;
  for (let second = 0; second < MINUTE_MS; second += TICK_MS) {
    const tick = await measure(plane, () => plane.tick({ first: second === 0 }));
    const loops = sumOf(await settle(cluster));
    cost = cost === null ? plus(tick, loops) : [cost, tick, loops].reduce(plus);
    clock.set(Math.max(clock.nowMs(), next * MINUTE_MS + second + TICK_MS));
  }
  if (cost === null) throw new Error('a minute without a tick');
  return cost;
}
