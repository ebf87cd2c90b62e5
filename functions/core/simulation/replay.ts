/**
 * A service under a load that was recorded: what the autoscaler would have done, second by second.
 *
 * In: load for each second, what one replica serves, how long it takes to start, and the decision (ours, or another to
 * compare with). Out: one frame a look, and totals. Pure, and blind to what comes: a look sees only the seconds before it.
 * What the ready replicas cannot serve is unserved, and not waiting: nothing is made up for later.
 */
import type { AutoscaleMemory, ReplicaLoad } from '../model/autoscale.ts';
import { taskId } from '../model/ids.ts';

/** One look of whoever decides; `remembered` comes back at the next. */
export interface Verdict<Memory> {
  readonly replicas: number;
  readonly direction: 'out' | 'in' | 'hold';
  readonly reason: string;
  readonly memory: Memory;
}

export type Decide<Memory> = (
  replicas: readonly ReplicaLoad[],
  current: { readonly replicas: number; readonly memory: Memory },
  nowMs: number,
) => Verdict<Memory>;

/** Where replicas run. Without one they always have room at once. */
export interface Ground {
  /** Slots that are wanted now -> when each can start, in seconds; null: there is no room for it. */
  settle(slots: readonly number[], second: number): readonly (number | null)[];
  /** Hosts that are there or ordered: all of them cost. */
  readonly hosts: number;
}

export interface Replay<Memory> {
  /** One value a second, in units of work. */
  readonly load: readonly number[];
  /** Units of work that one replica serves in a second: 100 % of it. */
  readonly capacity: number;
  readonly startUpSeconds: number;
  readonly lookSeconds: number;
  readonly startMs: number;
  /** Wanted, and ready, at the beginning. */
  readonly replicas: number;
  readonly decide: Decide<Memory>;
  readonly memory: Memory;
  /** Usage of one replica that serves `perReplica` units of work, for each target. */
  readonly usageOf: (perReplica: number) => readonly (number | null)[];
  readonly ground: Ground | null;
}

/** One look, and the seconds up to the next. */
export interface Frame {
  readonly second: number;
  readonly seconds: number;
  /** Means over those seconds. */
  readonly load: number;
  readonly unserved: number;
  readonly wanted: number;
  /** Wanted replicas that have a host, ready or not. */
  readonly running: number;
  /** At the end. */
  readonly ready: number;
  readonly hosts: number;
  readonly direction: 'out' | 'in' | 'hold';
  readonly reason: string;
}

export interface Totals {
  readonly seconds: number;
  /** Sum of what was asked for, and of what no replica was ready to serve. */
  readonly load: number;
  readonly unserved: number;
  /** Wanted replicas, from the order on: those that start cost, too. */
  readonly replicaSeconds: number;
  /** Of one that always has just enough: load / capacity, rounded up. */
  readonly oracleSeconds: number;
  readonly hostSeconds: number;
  readonly changes: number;
}

export interface Replayed {
  readonly frames: readonly Frame[];
  readonly totals: Totals;
}

interface Running {
  readonly slot: number;
  /** Null: it has no room yet. */
  readyAt: number | null;
}

export function replay<Memory = AutoscaleMemory>(input: Replay<Memory>): Replayed {
  const { load, lookSeconds } = input;
  const first = slots(1, input.replicas);
  const room = input.ground?.settle(first, 0);
  const running: Running[] = first.map((slot, index) => ({
    slot,
    readyAt: room?.[index] === null ? null : 0,
  }));
  const frames: Frame[] = [];
  let memory = input.memory;
  for (let second = 0; second < load.length; second += lookSeconds) {
    let verdict: Omit<Verdict<Memory>, 'memory'> = FIRST(running.length);
    if (second > 0) {
      const seen = load.slice(second - lookSeconds, second);
      const current = { replicas: running.length, memory };
      const decided = input.decide(
        loadsAt(input, running, mean(seen), second),
        current,
        nowAt(input, second),
      );
      memory = decided.memory;
      verdict = decided;
      follow(input, running, verdict.replicas, second);
    }
    settle(input, running, second);
    frames.push(frameOf(input, running, verdict, second));
  }
  return { frames, totals: totalsOf(input, frames) };
}

const FIRST = (replicas: number): Omit<Verdict<unknown>, 'memory'> => ({
  replicas,
  direction: 'hold',
  reason: 'the beginning',
});
const nowAt = ({ startMs }: { readonly startMs: number }, second: number): number => startMs + second * 1000;
const slots = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
const isReady = ({ readyAt }: Running, second: number): boolean => readyAt !== null && readyAt <= second;

/** All replicas that are ready share the load of the seconds before, each at most what it can serve. */
function loadsAt<Memory>(
  input: Replay<Memory>,
  running: readonly Running[],
  load: number,
  second: number,
): ReplicaLoad[] {
  const ready = running.filter((one) => isReady(one, second)).length;
  const usage = input.usageOf(Math.min(input.capacity, load / Math.max(1, ready)));
  return running.map((one) => ({
    task: taskId(`simulated-${one.slot}`),
    isReady: isReady(one, second),
    usage: isReady(one, second) ? usage : usage.map(() => null),
  }));
}

/** The newest go first. */
function follow<Memory>(input: Replay<Memory>, running: Running[], wanted: number, second: number): void {
  const startAt = input.ground === null ? second + input.startUpSeconds : null;
  for (const slot of slots(running.length + 1, wanted)) running.push({ slot, readyAt: startAt });
  running.length = wanted;
}

function settle<Memory>(input: Replay<Memory>, running: readonly Running[], second: number): void {
  if (input.ground === null) return;
  const starts = input.ground.settle(
    running.map(({ slot }) => slot),
    second,
  );
  running.forEach((one, index) => {
    const startAt = starts[index] ?? null;
    if (one.readyAt === null && startAt !== null) one.readyAt = startAt + input.startUpSeconds;
  });
}

function frameOf<Memory>(
  input: Replay<Memory>,
  running: readonly Running[],
  verdict: Omit<Verdict<Memory>, 'memory'>,
  second: number,
): Frame {
  const load = input.load.slice(second, second + input.lookSeconds);
  const readyAt = (at: number): number => running.filter((one) => isReady(one, at)).length;
  const unserved = load.map((units, index) => Math.max(0, units - readyAt(second + index) * input.capacity));
  return {
    second,
    seconds: load.length,
    load: mean(load),
    unserved: mean(unserved),
    wanted: running.length,
    running: running.filter(({ readyAt: at }) => at !== null).length,
    ready: readyAt(second + load.length - 1),
    hosts: input.ground?.hosts ?? 0,
    direction: verdict.direction,
    reason: verdict.reason,
  };
}

function totalsOf<Memory>({ load, capacity }: Replay<Memory>, frames: readonly Frame[]): Totals {
  const over = (pick: (frame: Frame) => number): number =>
    sum(frames.map((frame) => pick(frame) * frame.seconds));
  return {
    seconds: load.length,
    load: sum(load),
    unserved: over(({ unserved }) => unserved),
    replicaSeconds: over(({ wanted }) => wanted),
    oracleSeconds: sum(load.map((units) => Math.ceil(units / capacity))),
    hostSeconds: over(({ hosts }) => hosts),
    changes: frames.filter(({ direction }) => direction !== 'hold').length,
  };
}
