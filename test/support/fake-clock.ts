/**
 * A clock that a test moves. `sleep` either moves it itself and goes on at once (`advances`, the default), or waits until
 * somebody else moves it past its end (`waits`): then sleepers wake in the order of their times.
 */
import type { Clock } from '../../functions/usecases/ports.ts';

export interface FakeClock extends Clock {
  /** Moves the clock by so many milliseconds, stopping at each sleeper on the way. */
  advance(ms: number): Promise<void>;
  set(nowMs: number): void;
  readonly sleepers: number;
}

/** 2026-11-22T12:00:00Z: a fixed moment, away from midnight. */
export const NOON_MS = 1_795_348_800_000;

export const fakeClock = (
  options: { readonly startMs?: number; readonly sleeping?: 'advances' | 'waits' } = {},
): FakeClock => {
  let nowMs = options.startMs ?? NOON_MS;
  let sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];
  const sleep = (ms: number): Promise<void> => {
    if (options.sleeping !== 'waits') {
      nowMs += ms;
      return Promise.resolve();
    }
    return new Promise((wake) => {
      sleepers.push({ untilMs: nowMs + ms, wake });
    });
  };
  const advance = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      const [next] = sleepers.toSorted((one, other) => one.untilMs - other.untilMs);
      if (!next || next.untilMs > untilMs) break;
      nowMs = Math.max(nowMs, next.untilMs);
      sleepers = sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
      // Whoever woke up runs before the next one does.
      await new Promise(setImmediate);
    }
    nowMs = untilMs;
  };
  return {
    nowMs: () => nowMs,
    sleep,
    advance,
    set: (ms) => {
      nowMs = ms;
    },
    get sleepers() {
      return sleepers.length;
    },
  };
};
