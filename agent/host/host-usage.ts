/**
 * How busy this host is: of the machine, and where the host is a control group of a machine, of that group against its
 * limits. Rates are means since the last call; at the first there are none yet.
 */
import { join } from 'node:path';
import type { HostLoad } from '../../contract/agent-protocol.ts';
import { sinceStartMs } from '../clock.ts';
import { readCpuMs, readMemoryBytes, type Folder } from '../metrics/group-counters.ts';
import { defaultInterfaces, diskBytes, networkBytes, pressureMs } from '../metrics/kernel-text.ts';
import { ratesOf, told, type Reading } from '../metrics/rates.ts';
import { readNow, type ReadNow } from '../metrics/read-file.ts';
import { groupOf, readHostGroup, type LimitingGroup } from './control-groups.ts';
import { busyPercent, percent, readCpuTimes, readMemory, type CpuTimes } from './proc-stat.ts';

export interface BusyHost {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly load: HostLoad;
}

/** A control group that limits this host, where its counters are. */
interface Limited {
  readonly limit: number;
  readonly folder: Folder;
}

/** @param now milliseconds that never jump */
export function createHostUsage(
  read: ReadNow = readNow,
  now: () => number = sinceStartMs,
): () => Promise<BusyHost> {
  const reading = (path: string): Promise<string | undefined> => Promise.resolve(read(path));
  let groups: Promise<{ cpu?: Limited | undefined; memory?: Limited | undefined }> | undefined;
  let lastTimes: CpuTimes | undefined;
  let last: Reading | undefined;

  const findGroups = async (): Promise<{ cpu?: Limited | undefined; memory?: Limited | undefined }> => {
    const { cpu, memory } = await readHostGroup(reading);
    return { cpu: limited(read, cpu, 'cpuacct'), memory: limited(read, memory, 'memory') };
  };

  return async () => {
    const { cpu, memory } = await (groups ??= findGroups());
    const groupCpuMs = cpu && readCpuMs(read, cpu.folder);
    const reading: Reading = { atMs: now(), counters: machineCounters(read, groupCpuMs ?? 0) };
    const times = readCpuTimes(read('/proc/stat') ?? '');
    const rates = ratesOf(last ?? { atMs: reading.atMs }, reading, Infinity);
    const isFirst = last === undefined;
    const machine = busyPercent(lastTimes, times);
    last = reading;
    lastTimes = times;
    const { cpuMillis, memoryBytes, ...load } = rates;
    return {
      cpuPercent:
        cpu === undefined || groupCpuMs === undefined ? machine : percent(isFirst ? 0 : cpuMillis, cpu.limit),
      memoryPercent: memoryPercent(read, memory),
      load,
    };
  };
}

/** Only where the group's counters can be read: v1 may have them in a hierarchy in which the host has no group. */
function limited(
  read: ReadNow,
  group: LimitingGroup | undefined,
  counter: 'cpuacct' | 'memory',
): Limited | undefined {
  const own = groupOf(read('/proc/self/cgroup') ?? '', read('/proc/self/mountinfo') ?? '', counter);
  if (group === undefined || own === undefined) return undefined;
  if (own.path !== group.path && !own.path.startsWith(`${group.path}/`)) return undefined;
  return { limit: group.limit, folder: { version: own.version, path: join(own.mount, group.path) } };
}

function machineCounters(read: ReadNow, cpuMs: number): Reading['counters'] {
  const ways = defaultInterfaces(read('/proc/net/route'));
  return {
    cpuMs,
    memoryBytes: 0,
    ...told({
      networkBytes: networkBytes(read('/proc/net/dev'), (name) => ways.has(name)),
      diskBytes: diskBytes(read('/proc/diskstats')),
      cpuPressureMs: pressureMs(read('/proc/pressure/cpu')),
      memoryPressureMs: pressureMs(read('/proc/pressure/memory')),
    }),
  };
}

function memoryPercent(read: ReadNow, group: Limited | undefined): number {
  const used = group && readMemoryBytes(read, group.folder);
  if (group !== undefined && used !== undefined) return percent(used, group.limit);
  const { totalBytes, availableBytes } = readMemory(read('/proc/meminfo') ?? '');
  return percent(totalBytes - availableBytes, totalBytes);
}
