/** Time as a dependency: what the loops know of it, so that tests and simulations can bring their own. */
export interface Clock {
  /** Milliseconds since 1970; never jumps while the process lives. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Not `performance`, which would load a megabyte of Node for two numbers. */
const sinceStartMs = (): number => Number(process.hrtime.bigint() - STARTED) / 1e6;
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
  /** A ring that came while nobody waited ends the next wait at once. */
  wait(ms: number): Promise<void>;
}

/** Why a sleep ends early. Without a reason each abort would make an exception, with its stack, that nobody reads. */
const RUNG = 'rung';

export function createBell(clock: Clock, signal: AbortSignal): Bell {
  let rung = false;
  let isWaiting = false;
  // Most waits end by themselves: one controller serves them all until it is used.
  let awake = new AbortController();
  const wake = (): void => {
    if (isWaiting) awake.abort(RUNG);
  };
  signal.addEventListener('abort', wake, { once: true });
  return {
    ring: () => {
      rung = true;
      wake();
    },
    wait: async (ms) => {
      if (!rung && !signal.aborted) {
        if (awake.signal.aborted) awake = new AbortController();
        isWaiting = true;
        await clock.sleep(ms, awake.signal);
        isWaiting = false;
      }
      rung = false;
    },
  };
}

/** Full jitter: anywhere between 0 and the doubling delay, so that many hosts never retry together. */
export function jitteredDelayMs(
  failures: number,
  bounds: { baseMs: number; capMs: number },
  random: () => number,
): number {
  return random() * Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(failures - 1, 20));
}
