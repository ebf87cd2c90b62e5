/** What a piece of work costs, in a number that may be asserted on a busy machine. */

/**
 * No input may cost more, in milliseconds of a processor. One that is not bounded costs seconds. The dearest take about
 * 130 on an idle machine, and were seen to take 350 beside other suites: the kernel counts in ticks, and what runs on
 * the other half of a core slows this one down.
 */
export const INPUT_CPU_MAX_MS = 1000;

/** Call what it returns when the work is done: milliseconds of CPU that this thread has used since. */
export function cpuTimer(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}
