/** What this host is and how busy it is, as the kernel says it. */
import { availableParallelism } from 'node:os';
import { statfs } from '../files.ts';
import type { Capacity } from '../../contract/agent-protocol.ts';
import { readGroupLimits, readText } from './control-groups.ts';
import { createHostUsage, type BusyHost } from './host-usage.ts';
import { percent, readMemory } from './proc-stat.ts';
import { readGpus } from './gpus.ts';

export interface HostFacts {
  /** Changes with each boot of the host. */
  bootId(): Promise<string>;
  /** All that the host has; what to keep free of it is the control plane's to say. */
  capacity(dataRoot: string): Promise<Capacity>;
  /** Percent of the disk under Docker's data in use. */
  diskPercent(dataRoot: string): Promise<number>;
  /** Percent of the host's capacity in use, and rates; both since the last call. */
  usage(dataRoot: string): Promise<Usage>;
}

export interface Usage extends Omit<BusyHost, 'load'>, Partial<Pick<BusyHost, 'load'>> {
  readonly diskPercent: number;
}

export function createHostFacts(): HostFacts {
  const usage = createHostUsage();
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
    usage: async (dataRoot) => ({ ...(await usage()), diskPercent: await diskPercent(dataRoot) }),
  };
}

async function diskPercent(dataRoot: string): Promise<number> {
  const disk = await statfs(dataRoot);
  return percent(disk.blocks - disk.bavail, disk.blocks);
}
