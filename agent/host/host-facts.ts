/** What this host is and how busy it is, as the kernel says it. */
import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Capacity } from '../../contract/agent-protocol.ts';
import { readGroupLimits, readText } from './control-groups.ts';
import { readGpus } from './gpus.ts';

export interface HostFacts {
  /** Changes with each boot of the host. */
  bootId(): Promise<string>;
  /** All that the host has; what to keep free of it is the control plane's to say. */
  capacity(dataRoot: string): Promise<Capacity>;
  /** Percent of the disk under Docker's data in use. */
  diskPercent(dataRoot: string): Promise<number>;
  /** Percent of the host's capacity in use; CPU since the last call. */
  usage(dataRoot: string): Promise<Usage>;
}

export interface Usage {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly diskPercent: number;
}

export function createHostFacts(): HostFacts {
  let last: CpuTimes | undefined;
  return {
    bootId: async () => ((await readText('/proc/sys/kernel/random/boot_id')) ?? 'unknown-boot').trim(),
    capacity: async (dataRoot) => {
      const limits = await readGroupLimits();
      const memory = readMemory((await readText('/proc/meminfo')) ?? '');
      const pidMax = Number((await readText('/proc/sys/kernel/pid_max')) ?? 0);
      const threadsMax = Number((await readText('/proc/sys/kernel/threads-max')) ?? Infinity);
      const disk = await statfs(dataRoot);
      const gpus = await readGpus();
      return {
        cpuMillis: Math.min(availableParallelism() * 1000, limits.cpuMillis ?? Infinity),
        memoryBytes: Math.min(memory.totalBytes, limits.memoryBytes ?? Infinity),
        pids: Math.min(pidMax, threadsMax, limits.pids ?? Infinity),
        diskBytes: disk.blocks * disk.bsize,
        ...(gpus.length === 0 ? {} : { gpus }),
      };
    },
    diskPercent,
    usage: async (dataRoot) => {
      const times = readCpuTimes((await readText('/proc/stat')) ?? '');
      const memory = readMemory((await readText('/proc/meminfo')) ?? '');
      const cpuPercent = busyPercent(last, times);
      last = times;
      return {
        cpuPercent,
        memoryPercent: percent(memory.totalBytes - memory.availableBytes, memory.totalBytes),
        diskPercent: await diskPercent(dataRoot),
      };
    },
  };
}

async function diskPercent(dataRoot: string): Promise<number> {
  const disk = await statfs(dataRoot);
  return percent(disk.blocks - disk.bavail, disk.blocks);
}

/** Jiffies since boot, summed over all CPUs. */
export interface CpuTimes {
  readonly idle: number;
  readonly total: number;
}

/** proc_stat(5), first line: user nice system idle iowait irq softirq steal; guest times are inside user and nice. */
export function readCpuTimes(stat: string): CpuTimes {
  const times = (stat.split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number);
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

const percent = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(100, Math.max(0, Math.round((part * 1000) / whole) / 10));
