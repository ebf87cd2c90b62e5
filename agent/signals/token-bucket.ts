import type { Clock } from '../clock.ts';

/** So much at once, then so much a second. */
export interface TokenBucket {
  /** False: too much. */
  take(): boolean;
}

export function createTokenBucket(clock: Clock, burst: number, perSecond: number): TokenBucket {
  let tokens = burst;
  let atMs = clock.now();
  return {
    take: () => {
      const now = clock.now();
      // A clock that was set back adds nothing.
      tokens = Math.min(burst, tokens + (Math.max(0, now - atMs) / 1000) * perSecond);
      atMs = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
