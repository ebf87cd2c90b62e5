/** A token bucket over an injected clock: full at first, `perSecond` tokens a second, at most `burst` saved up. */
export function createTokenBucket(perSecond: number, burst: number): { take(nowMs: number): boolean } {
  let tokens = burst;
  let countedAtMs: number | undefined;
  return {
    take(nowMs) {
      const elapsedMs = Math.max(0, nowMs - (countedAtMs ?? nowMs));
      tokens = Math.min(burst, tokens + (elapsedMs / 1000) * perSecond);
      countedAtMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
