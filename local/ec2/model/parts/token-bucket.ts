/** A bucket of tokens that refills with time (EC2 Developer Guide, "Request throttling"). */
import type { BucketSize } from '../limits.ts';

export interface TokenBucket {
  /** Takes `count` tokens, all or none. */
  take(nowMs: number, count?: number): boolean;
}

export function createTokenBucket({ size, refillPerSecond }: BucketSize): TokenBucket {
  let tokens = size;
  let filledAtMs: number | undefined;
  return {
    take(nowMs, count = 1) {
      const passedMs = filledAtMs === undefined ? 0 : Math.max(0, nowMs - filledAtMs);
      tokens = Math.min(size, tokens + (passedMs / 1000) * refillPerSecond);
      filledAtMs = nowMs;
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
  };
}
