import type { Clock } from '../clock.ts';

/** One call back at a time, `set` anew as plans change. */
export interface Alarm {
  /** Milliseconds since 1970; undefined: not at all. */
  set(atMs: number | undefined): void;
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let current: { atMs: number; off: AbortController } | undefined;
  return {
    set: (atMs) => {
      if (current?.atMs === atMs) return;
      current?.off.abort('set anew');
      current = undefined;
      if (atMs === undefined) return;
      const mine = { atMs, off: new AbortController() };
      current = mine;
      void clock.sleep(Math.max(0, atMs - clock.now()), mine.off.signal).then(() => {
        if (current !== mine) return;
        current = undefined;
        ring();
      });
    },
  };
}
