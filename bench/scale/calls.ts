/** Counts calls of AWS by service and action, and the time that their stand-ins take to answer. */
export interface CallCounter {
  count(call: string, times?: number): void;
  /** Runs a stand-in's work: its time is not the control plane's. */
  answer<Value>(work: () => Value): Value;
  /** What came together since the last time. */
  take(): {
    readonly calls: Readonly<Record<string, number>>;
    readonly answeringMs: number;
    readonly answeringCpuMs: number;
  };
}

export function createCallCounter(): CallCounter {
  let calls: Record<string, number> = {};
  let [answeringMs, answeringCpuMs] = [0, 0];
  return {
    count: (call, times = 1) => void (calls[call] = (calls[call] ?? 0) + times),
    answer: (work) => {
      const [startMs, startCpu] = [performance.now(), process.threadCpuUsage()];
      try {
        return work();
      } finally {
        const { user, system } = process.threadCpuUsage(startCpu);
        answeringMs += performance.now() - startMs;
        answeringCpuMs += (user + system) / 1000;
      }
    },
    take: () => {
      const seen = { calls, answeringMs, answeringCpuMs };
      [calls, answeringMs, answeringCpuMs] = [{}, 0, 0];
      return seen;
    },
  };
}
