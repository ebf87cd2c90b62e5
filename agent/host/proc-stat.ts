/** The machine's processors and memory out of /proc: pure. */

/** Jiffies since boot, summed over all CPUs. */
export interface CpuTimes {
  readonly idle: number;
  readonly total: number;
}

/** proc_stat(5), first line: user nice system idle iowait irq softirq steal; guest times are inside user and nice. */
export function readCpuTimes(stat: string): CpuTimes {
  const line = stat.slice(0, Math.max(0, stat.indexOf('\n')));
  const times = line.split(/\s+/).slice(1, 9).map(Number);
  return { idle: (times[3] ?? 0) + (times[4] ?? 0), total: times.reduce((sum, each) => sum + each, 0) };
}

export function busyPercent(before: CpuTimes | undefined, after: CpuTimes): number {
  const total = after.total - (before?.total ?? 0);
  return percent(total - (after.idle - (before?.idle ?? 0)), total);
}

export function readMemory(meminfo: string): { totalBytes: number; availableBytes: number } {
  const kib = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0);
  return { totalBytes: kib('MemTotal') * 1024, availableBytes: kib('MemAvailable') * 1024 };
}

/** From 0 to 100, to a tenth. */
export const percent = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(100, Math.max(0, Math.round((part * 1000) / whole) / 10));
