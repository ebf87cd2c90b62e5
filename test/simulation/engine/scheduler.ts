/**
 * Simulated time: a heap of timers, and a loop that takes the next one, lets everything run that it set going, and jumps
 * to the next. Nothing waits in real time.
 *
 * "Lets everything run": the loop goes on from `process.nextTick` called in a microtask, and Node empties the whole
 * microtask queue before it serves the tick. So between two timers all promises have settled, at a fraction of the price
 * of `setImmediate`. Every YIELD_EVERY events the process gets a turn of its event loop all the same.
 */
import { createWaker, type Waker, type WakeSignal } from '../../../agent/clock.ts';

export interface Timer {
  readonly atMs: number;
  readonly run: () => void;
  readonly order: number;
  cancelled: boolean;
}

export interface Scheduler {
  nowMs(): number;
  /** Runs `run` at that time; a time that is past is now. */
  at(atMs: number, run: () => void): Timer;
  in(ms: number, run: () => void): Timer;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: WakeSignal): Promise<void>;
  /** Lets time pass until then. `afterEvent` is called when an event's consequences are over; true ends the run. */
  runUntil(untilMs: number, afterEvent?: () => boolean): Promise<void>;
  /** Timers that fired so far. */
  readonly events: number;
}

const YIELD_EVERY = 1 << 14;

export function createScheduler(startMs: number): Scheduler {
  const heap: Timer[] = [];
  let nowMs = startMs;
  let order = 0;
  let events = 0;

  const at = (atMs: number, run: () => void): Timer => {
    // Clocks tell whole milliseconds.
    const timer: Timer = { atMs: Math.max(nowMs, Math.ceil(atMs)), run, order: order++, cancelled: false };
    push(heap, timer);
    return timer;
  };

  const sleep = (ms: number, signal?: WakeSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      if (signal === undefined) {
        at(nowMs + ms, resolve);
        return;
      }
      const heard = signal instanceof AbortSignal ? listenedTo(signal) : signal;
      const timer = at(nowMs + ms, () => {
        heard.removeEventListener('abort', aborted);
        resolve();
      });
      const aborted = (): void => {
        timer.cancelled = true;
        resolve();
      };
      heard.addEventListener('abort', aborted);
    });

  const runUntil = (untilMs: number, afterEvent: () => boolean = () => false): Promise<void> =>
    new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (afterEvent()) {
            resolve();
            return;
          }
          while (heap[0]?.cancelled === true) pop(heap);
          const next = heap[0];
          if (next === undefined || next.atMs > untilMs) {
            nowMs = Math.max(nowMs, untilMs);
            resolve();
            return;
          }
          pop(heap);
          nowMs = next.atMs;
          events += 1;
          next.run();
        } catch (error) {
          reject(error instanceof Error ? error : new Error('thrown by an event', { cause: error }));
          return;
        }
        queueMicrotask(goOn);
      };
      const goOn = (): void => {
        if (events % YIELD_EVERY === 0) setImmediate(step);
        else process.nextTick(step);
      };
      queueMicrotask(goOn);
    });

  return {
    nowMs: () => nowMs,
    at,
    in: (ms, run) => at(nowMs + ms, run),
    sleep,
    runUntil,
    get events() {
      return events;
    },
  };
}

/** To listen to an AbortSignal takes as long as an event: each is listened to once, for all that will sleep beside it. */
function listenedTo(signal: AbortSignal): Waker {
  const known = wakers.get(signal);
  if (known) return known;
  const waker = createWaker();
  wakers.set(signal, waker);
  signal.addEventListener('abort', () => waker.wake(), { once: true });
  return waker;
}

const wakers = new WeakMap<AbortSignal, Waker>();

const before = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent]!;
    if (!before(timer, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop()!;
  const length = heap.length;
  if (length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
