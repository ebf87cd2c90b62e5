/**
 * A bad day, written down before it begins: settings, and what happens when. It is a function of the seed, and plain
 * data, so that a failing one can be shrunk by leaving things out.
 *
 * Each hour: faults and operations in its first CHAOS_MS, then calm: everything is healed, and must converge.
 */
import { createRandom, type Random } from '../engine/random.ts';
import {
  IMAGES,
  isSoundService,
  MISSING_IMAGE,
  TARGET_MILLIS,
  type ServiceKnobs,
  type StackKnobs,
} from './workload.ts';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';

export interface Fault {
  readonly kind: 'fault';
  readonly atMs: number;
  readonly fault: FaultKind;
  readonly forMs: number;
  /** Which host, function or record it hits. */
  readonly target: number;
  /** How bad, 0 to 1. */
  readonly strength: number;
}

export interface Deploy {
  readonly kind: 'deploy';
  readonly atMs: number;
  readonly stack: string;
  /** Null: the stack is removed. */
  readonly knobs: StackKnobs | null;
}

export type Action = Fault | Deploy;

export interface Day {
  readonly seed: string;
  readonly hours: number;
  readonly hosts: number;
  readonly hostsMax: number;
  readonly relistMs: number;
  readonly propagationMs: number;
  readonly dnsTtlSeconds: number;
  /** How long faults last in each hour; absent: `CHAOS_MS`. An hour is longer when they are. */
  readonly chaosMs?: number;
  /** In the order of their time, counted from the moment at which the cluster was up. */
  readonly actions: readonly Action[];
}

export const HOUR_MS = 3_600_000;
export const CHAOS_MS = 45 * 60_000;
export const CALM_MS = HOUR_MS - CHAOS_MS;
/** The stack that keeps the hosts: one replica on each. */
export const BASE = 'base';
const STACKS = ['shop', 'blog', 'jobs'] as const;

export const keepHosts = (hosts: number, version: number): StackKnobs => ({
  web: {
    replicas: hosts,
    version,
    program: 'serves',
    checked: true,
    image: IMAGES[0],
    spread: true,
  },
});

/** So many more hosts there may be on a day with large replicas: each may need one of its own. */
const HOSTS_FOR_LARGE = 30;

/**
 * @param follows whether some services follow a load; by default on some days, as the seed says
 * @param ranked whether services have priorities, and some of them large replicas; on some of the other days
 */
export function planDay(
  seed: string,
  hours: number,
  follows = createRandom(`${seed}/follows`).chance(0.3),
  ranked = !follows && createRandom(`${seed}/ranked`).chance(0.12),
): Day {
  const random = createRandom(`${seed}/plan`);
  const hosts = random.between(11, 13);
  const actions: Action[] = [];
  for (let hour = 0; hour < hours; hour += 1) actions.push(...planHour(random, hour * HOUR_MS, hosts));
  return {
    seed,
    hours,
    hosts,
    hostsMax: hosts + (ranked ? HOSTS_FOR_LARGE : 3),
    relistMs: random.pick([10_000, 30_000, 30_000]),
    propagationMs: random.pick([500, 2000, 8000, 20_000]),
    dnsTtlSeconds: random.pick([5, 10, 30]),
    actions: actions
      .map((one) => (follows ? followLoads(one, createRandom(`${seed}/loads/${one.atMs}`)) : one))
      .map((one) => (ranked ? rankServices(one, createRandom(`${seed}/ranks/${one.atMs}`)) : one))
      .sort((a, b) => a.atMs - b.atMs),
  };
}

function planHour(random: Random, startMs: number, hosts: number): Action[] {
  const faults = Array.from({ length: random.between(4, 22) }, () => planFault(random, startMs));
  const deploys = Array.from({ length: random.between(2, 9) }, () => planDeploy(random, startMs, hosts));
  return [...faults, ...deploys];
}

/** Some services of a deploy become autoscaled, with a load of their own. */
function followLoads(action: Action, random: Random): Action {
  if (action.kind === 'fault' || action.knobs === null || action.stack === BASE) return action;
  const knobs = Object.entries(action.knobs).map(([name, one]): [string, ServiceKnobs] => {
    if (!isSoundService(one) || random.chance(0.3)) return [name, one];
    const min = random.between(1, 2);
    const max = min + random.between(0, 3);
    const cpuMillis = Math.round(TARGET_MILLIS * (max + 1) * random.next());
    return [name, { ...one, autoscale: { min, max, cpuMillis } }];
  });
  return { ...action, knobs: Object.fromEntries(knobs) };
}

/** The services of a deploy get priorities; some have few and large replicas, which find no room beside others. */
function rankServices(action: Action, random: Random): Action {
  if (action.kind === 'fault' || action.knobs === null || action.stack === BASE) return action;
  const knobs = Object.entries(action.knobs).map(([name, one]): [string, ServiceKnobs] => {
    const priority = random.pick([10, 10, 50, 90]);
    if (!random.chance(0.8)) return [name, { ...one, priority }];
    return [name, { ...one, priority, large: true, replicas: Math.min(one.replicas, 3) }];
  });
  return { ...action, knobs: Object.fromEntries(knobs) };
}

/** Names of faults with their weights for this hour. */
function planFault(random: Random, startMs: number): Fault {
  const fault = random.weighted(FAULT_KINDS);
  const atMs = startMs + random.between(0, CHAOS_MS - 1);
  const longest = Math.min(random.chance(0.2) ? 15 * 60_000 : 120_000, startMs + CHAOS_MS - atMs);
  return {
    kind: 'fault',
    atMs,
    fault,
    forMs: random.between(Math.min(2000, longest), longest),
    target: random.between(0, 1_000_000),
    strength: random.next(),
  };
}

function planDeploy(random: Random, startMs: number, hosts: number): Deploy {
  const atMs = startMs + random.between(0, CHAOS_MS - 1);
  const version = random.between(1, 1000);
  if (random.chance(0.15)) return { kind: 'deploy', atMs, stack: BASE, knobs: keepHosts(hosts, version) };
  const stack = random.pick(STACKS);
  if (random.chance(0.15)) return { kind: 'deploy', atMs, stack, knobs: null };
  const names = ['web', 'api', 'worker'].slice(0, random.between(1, 3));
  return {
    kind: 'deploy',
    atMs,
    stack,
    knobs: Object.fromEntries(names.map((name) => [name, planService(random, version)])),
  };
}

function planService(random: Random, version: number): ServiceKnobs {
  const isBad = random.chance(0.08);
  const program = isBad
    ? random.pick(['crashes', 'never-healthy'] as const)
    : random.chance(0.1)
      ? 'deaf'
      : 'serves';
  return {
    replicas: random.between(0, 5),
    // A change of replicas alone is no new version.
    version: random.chance(0.4) ? 1 : version,
    program,
    // Without a check it would be healthy as soon as it runs.
    checked: program === 'never-healthy' || random.chance(0.6),
    image: random.chance(0.03) ? MISSING_IMAGE : random.pick(IMAGES),
    spread: random.chance(0.3),
  };
}
