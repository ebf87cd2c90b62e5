/**
 * Waves of launches on one seed: a stack asks for hosts while everything goes wrong that can; then the faults stop, and
 * within five minutes every instance has its row, no intent has two instances, and no row an instance that is gone. Then the
 * stack goes, the hosts are drained on as bad a day, and nothing may be left.
 */
import { isGone, type Host } from '../../../functions/core/model/host.ts';
import type { FunctionName } from '../world/mood.ts';
import { ofBatch, unowned } from '../invariants/owners.ts';
import type { LaunchBug } from './bugs.ts';
import { createLaunchWorld, HOSTS_MAX, type LaunchWorld } from './launch-world.ts';

export interface LaunchesResult {
  readonly seed: string;
  /** Intents that were written. */
  readonly intents: number;
  /** Hosts that CreateFleet was asked for. */
  readonly launches: number;
  readonly instances: number;
  readonly terminated: number;
  /** Instances that no row stood for when the faults stopped. */
  readonly orphans: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Longest time from the end of faults until all was in order, in milliseconds. */
  readonly slowestMs: number;
  readonly violation: string | undefined;
}

/** From the end of the faults until nothing is nobody's. */
export const IN_ORDER_MS = 5 * 60_000;
const CHAOS_MS = { from: 90_000, to: 300_000 } as const;
const LOOK_MS = 5000;
const MOOD_MS = 15_000;
const KILLED: readonly FunctionName[] = [
  'provision',
  'provision',
  'reconcile',
  'tick',
  'agent-api',
  'events',
];

export async function runLaunches(seed: string, waves: number, bug?: LaunchBug): Promise<LaunchesResult> {
  const world = createLaunchWorld(seed, bug);
  const intents = new Set<string>();
  const state = { violation: undefined as string | undefined, slowestMs: 0, orphans: 0 };
  const run: Run = { world, state };
  const rows = new Map<string, Host>();
  const named = new Set<string>();
  world.hub.add({
    host: (row, before, key) => {
      if (row === null) rows.delete(key);
      else rows.set(key, row);
      if (row !== null) intents.add(row.id);
      if (row !== null && row.instanceId !== null) named.add(row.instanceId);
      // Given up only when it is certain to have none. One that EC2 hid so long that its own row was closed is not its.
      if (row !== null || before === null || before.instanceId !== null) return;
      const left = unowned(ofBatch(world.alive(), before.launch.batch), [...rows.values()]).find(
        ({ id }) => !named.has(id),
      );
      if (left && before.state === 'requested')
        state.violation ??= `${key} was given up, and ${left.id} of its batch runs`;
    },
    launched: ({ batch, size }) => {
      const own = ofBatch(world.alive(), batch);
      if (own.length > size)
        state.violation ??= `${batch} asked for ${size} and has the instances ${own.map(({ id }) => id).join(', ')}`;
    },
  });
  await world.start();
  const sizes = world.random('sizes');
  for (let wave = 0; wave < waves && state.violation === undefined; wave += 1) {
    void world.want(sizes.between(HOSTS_MAX - 4, HOSTS_MAX));
    await rage(run, `${wave}/up`);
    await order(run, (rows) => disorder(world, rows));
    void world.wantNothing();
    await rage(run, `${wave}/down`, () => world.drainAll().catch(() => undefined));
    await world.drainAll();
    await order(run, (rows) => disorder(world, rows) ?? leftovers(world, rows));
  }
  return {
    seed,
    intents: intents.size,
    launches: world.bad.launches,
    instances: world.made.instances,
    terminated: world.made.ended,
    orphans: state.orphans,
    errors: Object.fromEntries(world.bad.given),
    slowestMs: state.slowestMs,
    violation: state.violation ?? world.strange[0],
  };
}

interface Run {
  readonly world: LaunchWorld;
  readonly state: { violation: string | undefined; slowestMs: number; orphans: number };
}

/** Another weather every 15 s. */
async function rage({ world, state }: Run, name: string, each?: () => Promise<unknown>): Promise<void> {
  const random = world.random(name);
  const { scheduler, mood, bad, rates, ec2 } = world;
  const untilMs = scheduler.nowMs() + random.between(CHAOS_MS.from, CHAOS_MS.to);
  const some = (share: number, most: number): number => (random.chance(share) ? random.next() * most : 0);
  const { faults } = ec2.model;
  while (scheduler.nowMs() < untilMs && state.violation === undefined) {
    bad.refused = some(0.6, 0.8);
    bad.unanswered = some(0.5, 0.6);
    rates.brokenBoots = some(0.3, 0.4);
    mood.portThrottled = some(0.2, 0.2);
    mood.portAnswerLost = some(0.3, 0.2);
    mood.wakesLost = some(0.2, 1);
    mood.wakesDoubled = some(0.3, 1);
    mood.wakesLate = some(0.2, 1);
    mood.kills.clear();
    if (random.chance(0.5)) {
      const kill = { call: random.between(1, 30), when: random.pick(['before', 'after'] as const) };
      mood.kills.set(
        random.pick(KILLED),
        Array.from({ length: random.between(1, 3) }, () => kill),
      );
    }
    ec2.model.setTimings({ describeLagMs: random.chance(0.4) ? random.between(2000, 60_000) : 2000 });
    faults.cutPages(random.chance(0.2) ? { maximum: random.between(1, 4), emptyFirst: true } : undefined);
    const nowMs = scheduler.nowMs();
    if (random.chance(0.2))
      faults.setCapacity({
        instanceType: 't3.small',
        zone: random.pick(['us-east-1a', 'us-east-1b']),
        untilMs: nowMs + random.between(10_000, 90_000),
      });
    const living = world.alive();
    if (living.length > 0 && random.chance(0.3))
      faults.hide(random.pick(living).id, nowMs + random.between(10_000, 200_000));
    if (living.length > 0 && random.chance(0.15)) ec2.model.fail(random.pick(living).id, 'its host died');
    await each?.();
    await pass(world, Math.min(untilMs, nowMs + MOOD_MS));
  }
  Object.assign(bad, { refused: 0, unanswered: 0 });
  Object.assign(mood, { portThrottled: 0, portAnswerLost: 0, wakesLost: 0, wakesDoubled: 0, wakesLate: 0 });
  mood.kills.clear();
  rates.brokenBoots = 0;
  faults.clear();
  ec2.model.setTimings({ describeLagMs: 2000 });
}

/** `ec2.settle` also after faults that acted on the model behind its back. */
async function pass(world: LaunchWorld, untilMs: number): Promise<void> {
  world.ec2.settle();
  await world.scheduler.runUntil(untilMs);
}

/** Waits the whole five minutes: what is in order must also stay so. */
async function order(
  { world, state }: Run,
  off: (rows: readonly Host[]) => string | undefined,
): Promise<void> {
  const { scheduler } = world;
  const sinceMs = scheduler.nowMs();
  state.orphans += orphansOf(world, await world.hosts()).length;
  let orderedAtMs: number | undefined;
  let why: string | undefined;
  while (scheduler.nowMs() < sinceMs + IN_ORDER_MS && state.violation === undefined) {
    why = off(await world.hosts());
    if (why !== undefined) orderedAtMs = undefined;
    else orderedAtMs ??= scheduler.nowMs();
    await pass(world, scheduler.nowMs() + LOOK_MS);
  }
  why = off(await world.hosts());
  if (why !== undefined) state.violation ??= `five minutes after the faults: ${why}`;
  state.slowestMs = Math.max(state.slowestMs, (orderedAtMs ?? scheduler.nowMs()) - sinceMs);
}

const orphansOf = (world: LaunchWorld, rows: readonly Host[]) => unowned(world.alive(), rows);

/** What is nobody's, doubled, or believed to be there though it is not. */
function disorder(world: LaunchWorld, rows: readonly Host[]): string | undefined {
  const alive = world.alive();
  const [orphan] = orphansOf(world, rows);
  if (orphan) return `${orphan.id} of ${orphan.batch} runs, and no row stands for it`;
  const doubled = rows.find((row) =>
    rows.some((other) => other !== row && row.instanceId !== null && other.instanceId === row.instanceId),
  );
  if (doubled) return `${doubled.instanceId} is two hosts’`;
  const phantom = rows.find(
    (row) => row.instanceId !== null && !isGone(row.state) && !alive.some(({ id }) => id === row.instanceId),
  );
  if (phantom) return `${phantom.id} is ${phantom.state}, and ${phantom.instanceId} is gone`;
  const { instances, ended } = world.made;
  return instances - ended === alive.length
    ? undefined
    : `${instances} launched, ${ended} terminated, ${alive.length} alive`;
}

function leftovers(world: LaunchWorld, rows: readonly Host[]): string | undefined {
  const row = rows.find(({ state }) => state !== 'terminated');
  if (row) return `${row.id} is ${row.state}: ${row.reason}`;
  const [one] = world.alive();
  return one && `${one.id} still runs`;
}
