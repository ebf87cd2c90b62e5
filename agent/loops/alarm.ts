import { createWaker, type Clock, type Waker } from '../clock.ts';

/** One call back at a time, `set` anew as plans change. */
export interface Alarm {
  /** Milliseconds since 1970; undefined: not at all. */
  set(atMs: number | undefined): void;
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let current: { readonly atMs: number; readonly off: Waker } | undefined;
  return {
    set: (atMs) => {
      if (current?.atMs === atMs) return;
      const before = current;
      current = undefined;
      before?.off.wake();
      if (atMs === undefined) return;
      const mine = { atMs, off: createWaker() };
      current = mine;
      void clock.sleep(Math.max(0, atMs - clock.now()), mine.off).then(() => {
        if (current !== mine) return;
        current = undefined;
        ring();
      });
    },
  };
}
