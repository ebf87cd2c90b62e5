/** Time as a dependency: what the loops know of it, so that tests and simulations can bring their own. */
export interface Clock {
  /** Milliseconds since 1970; never jumps while the process lives. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: WakeSignal): Promise<void>;
}

/** What ends a sleep early: as much of an AbortSignal as a sleep needs. */
export interface WakeSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', wake: () => void): void;
  removeEventListener(type: 'abort', wake: () => void): void;
}

/**
 * A signal for sleeps alone, used once. Loops that sleep all day would make an AbortController for each sleep, and an
 * event and an exception for each that is cut short.
 */
export interface Waker extends WakeSignal {
  wake(): void;
}

export function createWaker(): Waker {
  const sleepers = new Set<() => void>();
  let aborted = false;
  return {
    get aborted() {
      return aborted;
    },
    addEventListener: (_type, wake) => void sleepers.add(wake),
    removeEventListener: (_type, wake) => void sleepers.delete(wake),
    wake: () => {
      if (aborted) return;
      aborted = true;
      for (const wake of sleepers) wake();
      sleepers.clear();
    },
  };
}

/** Never jumps. Not `performance`, which would load half a megabyte of Node for one number. */
export const sinceStartMs = (): number => Number(process.hrtime.bigint() - STARTED) / 1e6;
const STARTED = process.hrtime.bigint();
const STARTED_AT_MS = Date.now();

/** The host's clock as it was at the start of the process, and the time since: whoever sets the clock moves no timer. */
export const systemClock: Clock = {
  now: () => Math.floor(STARTED_AT_MS + sinceStartMs()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done);
    }),
};

/** A bell that a loop sleeps beside: `wait` ends when it is rung, when the time is over, or when `signal` aborts. */
export interface Bell {
  ring(): void;
  /** A ring that came while nobody waited ends the next wait at once. Without `ms` only a ring, or the abort, ends it. */
  wait(ms?: number): Promise<void>;
}

export function createBell(clock: Clock, signal: AbortSignal): Bell {
  let rung = false;
  let isWaiting = false;
  // Most waits end by themselves: one waker serves them all until it is used.
  let waker = createWaker();
  const wake = (): void => {
    if (isWaiting) waker.wake();
  };
  signal.addEventListener('abort', wake, { once: true });
  return {
    ring: () => {
      rung = true;
      wake();
    },
    wait: async (ms) => {
      if (!rung && !signal.aborted) {
        if (waker.aborted) waker = createWaker();
        isWaiting = true;
        await (ms === undefined ? woken(waker) : clock.sleep(ms, waker));
        isWaiting = false;
      }
      rung = false;
    },
  };
}

const woken = (waker: Waker): Promise<void> =>
  new Promise((resolve) => waker.addEventListener('abort', resolve));

/** Full jitter: anywhere between 0 and the doubling delay, so that many hosts never retry together. */
export function jitteredDelayMs(
  failures: number,
  bounds: { baseMs: number; capMs: number },
  random: () => number,
): number {
  return random() * Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(failures - 1, 20));
}
