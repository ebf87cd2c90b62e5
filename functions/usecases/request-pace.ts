/**
 * Route 53 takes 5 requests a second for the whole account, and others use it too: at most 2 a second from here, half
 * of that after each throttling (down to one in 10 s), slowly up again after successes.
 */
import type { Clock } from './ports.ts';

export interface RequestPace {
  /** Resolves when the next request may go. */
  turn(): Promise<void>;
  throttled(): void;
  succeeded(): void;
}

export const RATE_MAX = 2;
export const RATE_MIN = 0.1;
export const BURST = 2;
/** What was throttled is tried again after this long, at the pace that is left. */
export const THROTTLED_PAUSE_MS = 1000;

export function requestPace(clock: Clock): RequestPace {
  let rate = RATE_MAX;
  let tokens = BURST;
  let filledAtMs = clock.nowMs();
  const fill = (): void => {
    const nowMs = clock.nowMs();
    tokens = Math.min(BURST, tokens + ((nowMs - filledAtMs) / 1000) * rate);
    filledAtMs = nowMs;
  };
  return {
    async turn() {
      fill();
      while (tokens < 1) {
        await clock.sleep(Math.max(1, Math.ceil(((1 - tokens) / rate) * 1000)));
        fill();
      }
      tokens -= 1;
    },
    throttled() {
      rate = Math.max(RATE_MIN, rate / 2);
      tokens = 0;
    },
    succeeded() {
      rate = Math.min(RATE_MAX, rate * 1.25);
    },
  };
}
