/**
 * How long a loop waits before it calls the control plane again: longer with each failure, with full jitter, so that
 * many hosts never come back together. As soon as any other call of this host is answered the outage is over: the wait
 * under way ends, and failures are counted anew. Hosts learn that at different times, so they do not return together.
 */
import { jitteredDelayMs, type Clock } from '../clock.ts';

export interface BackOff {
  /** Failures since the last `over`. */
  readonly failures: number;
  /** Counts one failure and waits; ends early by `over`, or when the signal aborts. Never rejects. */
  wait(bounds: { readonly baseMs: number; readonly capMs: number }): Promise<void>;
  /** The control plane answers. */
  over(): void;
}

export function createBackOff(clock: Clock, random: () => number, signal: AbortSignal): BackOff {
  let failures = 0;
  let awake: AbortController | undefined;
  return {
    get failures() {
      return failures;
    },
    wait: (bounds) => {
      awake ??= new AbortController();
      return clock.sleep(
        jitteredDelayMs(++failures, bounds, random),
        AbortSignal.any([signal, awake.signal]),
      );
    },
    over: () => {
      failures = 0;
      awake?.abort('the outage is over');
      awake = undefined;
    },
  };
}
