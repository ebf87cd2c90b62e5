/** Counts calls of AWS by service and action, and the time that their stand-ins take to answer. */
export interface CallCounter {
  count(call: string, times?: number): void;
  /** Runs a stand-in's work: its time is not the control plane's. */
  answer<Value>(work: () => Value): Value;
  /** What came together since the last time. */
  take(): { readonly calls: Readonly<Record<string, number>>; readonly answeringMs: number };
}

export function createCallCounter(): CallCounter {
  let calls: Record<string, number> = {};
  let answeringMs = 0;
  return {
    count: (call, times = 1) => void (calls[call] = (calls[call] ?? 0) + times),
    answer: (work) => {
      const startMs = performance.now();
      try {
        return work();
      } finally {
        answeringMs += performance.now() - startMs;
      }
    },
    take: () => {
      const seen = { calls, answeringMs };
      [calls, answeringMs] = [{}, 0];
      return seen;
    },
  };
}
