/**
 * What time it is for AWS, on a host whose own clock may be wrong: signatures carry it, and keys end by it.
 *
 * In: the steady clock of the process, and the `Date` of each reply to a signed call. Out: the time that AWS goes by.
 * AWS refuses a signature that is five minutes off ("Troubleshoot Signature Version 4", IAM User Guide); a difference
 *   is followed, and told, long before.
 */
import type { Log } from '../log.ts';

export interface WallClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** The `Date` of a reply. True: it was so far from `now()` that what was refused is worth signing again. */
  heard(date: string | undefined): boolean;
  /** How far the host's own clock is ahead, milliseconds; 0 while it is about right, or nobody has said. */
  hostAheadMs(): number;
}

export interface WallClockOptions {
  /** Never jumps. */
  readonly steady: () => number;
  /** The host's own clock, which may. */
  readonly host: () => number;
  readonly log: Log;
}

/** Replies take time and `Date` has whole seconds; less than this is no fault of a clock. */
export const TOLERATED_MS = 30_000;

export function createWallClock({ steady, host, log }: WallClockOptions): WallClock {
  let correctionMs = 0;
  let aheadMs = 0;
  const now = (): number => steady() + correctionMs;
  return {
    now,
    heard: (date) => {
      const theirs = Date.parse(date ?? '');
      if (Number.isNaN(theirs)) return false;
      const off = host() - theirs;
      const found = Math.abs(off) > TOLERATED_MS ? off : 0;
      if (Math.abs(found - aheadMs) > TOLERATED_MS) {
        const seconds = Math.round(Math.abs(off) / 1000);
        if (found === 0) log.info('clock-right', {});
        else log.warn('clock-wrong', { seconds, which: off > 0 ? 'ahead' : 'behind' });
        aheadMs = found;
      }
      if (Math.abs(now() - theirs) <= TOLERATED_MS) return false;
      correctionMs = theirs - steady();
      return true;
    },
    hostAheadMs: () => aheadMs,
  };
}
