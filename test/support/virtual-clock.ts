/** The agent's clock, moved by a test: sleepers wake in the order of their times, and each runs before the next wakes. */
import type { Clock } from '../../agent/clock.ts';
import { NOON_MS } from './fake-clock.ts';

export interface VirtualClock extends Clock {
  /** Lets so many milliseconds pass, and everything happen that is due within them. */
  advance(ms: number): Promise<void>;
}

export function virtualClock(startMs = NOON_MS): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const sleepers = new Map<number, { atMs: number; wake: () => void }>();

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const key = order++;
        const wake = (): void => {
          sleepers.delete(key);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        sleepers.set(key, { atMs: nowMs + Math.max(0, ms), wake });
        signal?.addEventListener('abort', wake);
      }),
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      for (;;) {
        await settle();
        let next: { atMs: number; wake: () => void } | undefined;
        for (const each of sleepers.values()) if (next === undefined || each.atMs < next.atMs) next = each;
        if (next === undefined || next.atMs > untilMs) break;
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
      }
      nowMs = untilMs;
      await settle();
    },
  };
}
