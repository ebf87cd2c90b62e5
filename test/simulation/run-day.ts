/**
 * Runs one planned day: boots the cluster, then hour by hour faults and deploys, calm, convergence, quiet. Everything is
 * checked on the way; the first violation ends the day.
 */
import { launchPauseUntilMs } from '../../functions/core/hosts/next-steps.ts';
import { whyNotConverged } from './converged.ts';
import { auditedAtMs } from './invariants/hindrance.ts';
import { createInvariants, type Invariants, type Violation } from './invariants/invariants.ts';
import type { Mutant } from './mutants.ts';
import { inflict, type Heal } from './plan/faults.ts';
import { createOperator, type Operator } from './plan/operator.ts';
import { BASE, CALM_MS, CHAOS_MS, keepHosts, type Action, type Day } from './plan/plan.ts';
import { IMAGES, isSound, type StackKnobs } from './plan/workload.ts';
import type { Watcher } from './world/watch.ts';
import { createWorld, type World } from './world/world.ts';

export interface DayResult {
  readonly seed: string;
  /** Hours with 10 hosts at every minute, a fault and a deploy. */
  readonly clusterHours: number;
  readonly hours: number;
  readonly events: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly deploys: number;
  /** How often each invariant was checked. */
  readonly checked: Readonly<Record<string, number>>;
  readonly hash: string;
  readonly violation: Violation | undefined;
  /** All that broke in the same event. */
  readonly broken: readonly string[];
  /** The last lines of the trace, if they were kept. */
  readonly trace: readonly string[];
  /** Longest time from the end of faults to convergence, in milliseconds. */
  readonly slowestMs: number;
}

export interface RunOptions {
  readonly mutant?: Mutant;
  readonly keep?: number;
  /** Agents' clocks are wrong by up to this much. */
  readonly skewMs?: number;
  /** Somebody else who looks on. */
  readonly watch?: (world: World) => Watcher;
}

/** I27: from the end of the last fault; back-offs that were running then come on top. */
export const CONVERGE_MS = 5 * 60_000;
/** Beyond `CONVERGE_MS`, for a host to be emptied. */
const EMPTIED_MS = 5 * 60_000;
const BOOT_MS = 20 * 60_000;
const LOOK_MS = 5000;
/** After convergence, before nothing may change any more: what was decided a moment ago is still told and confirmed. */
const SETTLE_MS = 90_000;
export const HOSTS_MIN = 10;

export async function runDay(day: Day, options: RunOptions = {}): Promise<DayResult> {
  const world = createWorld({
    seed: day.seed,
    hostsMax: day.hostsMax,
    relistMs: day.relistMs,
    propagationMs: day.propagationMs,
    images: IMAGES,
    skewMs: options.skewMs ?? 5000,
    settings: {
      dnsTtlSeconds: day.dnsTtlSeconds,
      registrationDeadlineMs: 120_000,
      progressDeadlineMs: 240_000,
    },
    ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
  });
  const operator = createOperator(world);
  const invariants = createInvariants(world);
  if (options.watch) world.hub.add(options.watch(world));
  const chaosMs = day.chaosMs ?? CHAOS_MS;
  const hourMs = chaosMs + CALM_MS;
  const run = { world, operator, invariants, chaosMs, slowestMs: 0, clusterHours: 0 };
  await world.start();
  void operator.deploy({ kind: 'deploy', atMs: 0, stack: BASE, knobs: keepHosts(day.hosts, 1) });
  await converge(run, BOOT_MS);
  const startMs = world.scheduler.nowMs();
  for (let hour = 0; hour < day.hours && invariants.violation() === undefined; hour += 1)
    await runHour(run, startMs + hour * hourMs, actionsOf(day, hour * hourMs, (hour + 1) * hourMs));
  return {
    seed: day.seed,
    clusterHours: run.clusterHours,
    hours: day.hours,
    events: world.scheduler.events,
    faults: Object.fromEntries(world.faults),
    deploys: operator.accepted(),
    checked: invariants.checked(),
    hash: world.trace.hash(),
    violation: invariants.violation(),
    broken: invariants.broken(),
    trace: world.trace.lines(),
    slowestMs: run.slowestMs,
  };
}

interface Run {
  readonly world: World;
  readonly operator: Operator;
  readonly invariants: Invariants;
  readonly chaosMs: number;
  slowestMs: number;
  clusterHours: number;
}

const actionsOf = (day: Day, fromMs: number, toMs: number): readonly Action[] =>
  day.actions
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .map((action) => ({ ...action, atMs: action.atMs - fromMs }));

async function runHour(run: Run, startMs: number, actions: readonly Action[]): Promise<void> {
  const { world, operator, invariants } = run;
  const { scheduler } = world;
  const heals = new Set<Heal>();
  const seen = { faults: 0, deploys: 0, fewestHosts: Infinity };
  const count = (): void => {
    seen.fewestHosts = Math.min(seen.fewestHosts, world.ec2.alive().length);
  };
  const counting = setEvery(world, 60_000, count);
  for (const action of actions) {
    scheduler.at(startMs + action.atMs, () => {
      if (action.kind === 'deploy') {
        seen.deploys += 1;
        void operator.deploy(action);
        return;
      }
      const heal = inflict(world, action);
      if (heal === null) return;
      seen.faults += 1;
      heals.add(heal);
      scheduler.in(action.forMs, () => {
        if (heals.delete(heal)) heal();
      });
    });
  }
  await pass(run, startMs + run.chaosMs);
  for (const heal of heals) heal();
  heals.clear();
  world.note('faults stop');
  world.hub.hooks.calm();
  const took = await converge(run, CONVERGE_MS + (await outstandingMs(world)));
  run.slowestMs = Math.max(run.slowestMs, took);
  await pass(run, scheduler.nowMs() + SETTLE_MS);
  // What can never be healthy is tried again for ever, with pauses.
  const isAudited = auditedAtMs(world) <= scheduler.nowMs();
  // One that follows a load is counted anew with every look.
  const follows = (knobs: StackKnobs): boolean =>
    Object.values(knobs).some(({ autoscale }) => autoscale !== undefined);
  const all = [...operator.wanted.values()];
  // Hosts that the cluster could do without go when their time is over, and what runs there moves.
  const hosts = await world.controlPlane.stores.hosts.listHosts();
  const shrinks = hosts.some(({ surplusSinceMs, drain }) => surplusSinceMs !== null || drain !== null);
  const isSettled = isAudited && !shrinks && all.every((knobs) => isSound(knobs) && !follows(knobs));
  if (isSettled && invariants.violation() === undefined) invariants.quiet(true);
  await pass(run, startMs + run.chaosMs + CALM_MS);
  invariants.quiet(false);
  counting();
  const counts = seen.faults > 0 && seen.deploys > 0 && seen.fewestHosts >= HOSTS_MIN;
  if (counts && invariants.violation() === undefined) run.clusterHours += 1;
}

const pass = ({ world, invariants }: Run, untilMs: number): Promise<void> =>
  world.scheduler.runUntil(untilMs, () => invariants.violation() !== undefined);

/** Lets time pass until everything is as wanted. Returns how long it took. */
async function converge(run: Run, withinMs: number): Promise<number> {
  const { world, operator, invariants } = run;
  const sinceMs = world.scheduler.nowMs();
  for (;;) {
    if (invariants.violation() !== undefined) break;
    const why = await whyNotConverged(world, operator);
    if (why === undefined) {
      world.hub.hooks.converged();
      break;
    }
    if (world.scheduler.nowMs() - sinceMs > withinMs) {
      const after = `${Math.round(withinMs / 1000)} s after the last fault`;
      invariants.violate(why.invariant, `not as wanted ${after}: ${why.words}`);
      break;
    }
    await pass(run, world.scheduler.nowMs() + LOOK_MS);
  }
  invariants.count('I27');
  invariants.count('I28');
  return world.scheduler.nowMs() - sinceMs;
}

/** Pauses that were running when the faults stopped: they are there to be waited for. */
async function outstandingMs(world: World): Promise<number> {
  const { controlPlane, scheduler, machines, settings } = world;
  const nowMs = scheduler.nowMs();
  const services = await controlPlane.stores.stacks.listServices();
  const hosts = await controlPlane.stores.hosts.listHosts();
  const retries = services.flatMap(({ slots }) =>
    Object.values(slots).map(({ retryAtMs }) => retryAtMs - nowMs),
  );
  const deadlines = services
    .filter(({ state }) => state === 'progressing')
    .map(({ progressAtMs }) => progressAtMs + settings.progressDeadlineMs - nowMs);
  const isBroken = hosts.some(
    ({ state, instanceId }) => state === 'booting' && machines.get(instanceId ?? '')?.broken === true,
  );
  const boots = isBroken ? settings.registrationDeadlineMs + 120_000 : 0;
  // A host that EC2 has announced to take is there until then.
  const taken = hosts.map(({ drain }) => (drain?.byMs ?? 0) - nowMs);
  // A host that is emptied is left replica by replica, each once its replacement serves.
  const emptied = hosts.map(({ drain }) => (drain === null ? 0 : drain.sinceMs + EMPTIED_MS - nowMs));
  const audit = auditedAtMs(world) - nowMs;
  const pause = launchPauseUntilMs(hosts) - nowMs;
  return Math.max(0, ...retries, ...deadlines, ...taken, ...emptied, pause, boots, audit);
}

function setEvery({ scheduler }: World, ms: number, run: () => void): () => void {
  let isOver = false;
  const again = (): void => {
    if (isOver) return;
    run();
    scheduler.in(ms, again);
  };
  again();
  return () => (isOver = true);
}
