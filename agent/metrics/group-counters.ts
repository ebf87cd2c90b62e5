/**
 * What a control group has used so far, in the words of cgroup v1 and v2. Memory is less what the kernel can drop at
 * once (`inactive_file`), as `docker stats` and Kubernetes' working set count it.
 */
import { join } from 'node:path';
import { groupOf, type ProcessGroup } from '../host/control-groups.ts';
import { blkioBytes, flatNumber, ioStatBytes, pressureMs, wholeNumber } from './kernel-text.ts';
import type { ReadNow } from './read-file.ts';

/** Grow from the group's making on, but for memory. Absent: the kernel does not tell. */
export interface Counters {
  /** Of one CPU. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly networkBytes?: number | undefined;
  readonly diskBytes?: number | undefined;
  /** Time in which some process waited for a CPU, and for memory. */
  readonly cpuPressureMs?: number | undefined;
  readonly memoryPressureMs?: number | undefined;
}

/** A group's folders, one a hierarchy in v1. */
export interface GroupFolders {
  readonly cpu: Folder;
  readonly memory: Folder;
  readonly io?: Folder | undefined;
}
export interface Folder {
  readonly version: 1 | 2;
  readonly path: string;
}

/** @param cgroup, mountinfo as in `groupOf`. Undefined: a process that is in no group of its own. */
export function foldersOf(cgroup: string, mountinfo: string): GroupFolders | undefined {
  const cpu = folderOf(groupOf(cgroup, mountinfo, 'cpuacct'));
  const memory = folderOf(groupOf(cgroup, mountinfo, 'memory'));
  const io = folderOf(groupOf(cgroup, mountinfo, 'blkio'));
  return cpu && memory && { cpu, memory, io };
}

const folderOf = (group: ProcessGroup | undefined): Folder | undefined =>
  group && { version: group.version, path: join(group.mount, group.path) };

/** Undefined: the group is gone, or cannot be read. */
export function readGroup(read: ReadNow, { cpu, memory, io }: GroupFolders): Counters | undefined {
  const cpuMs = readCpuMs(read, cpu);
  const memoryBytes = readMemoryBytes(read, memory);
  if (cpuMs === undefined || memoryBytes === undefined) return undefined;
  return {
    cpuMs,
    memoryBytes,
    diskBytes: io && readDiskBytes(read, io),
    cpuPressureMs: cpu.version === 2 ? pressureMs(read(`${cpu.path}/cpu.pressure`)) : undefined,
    memoryPressureMs: memory.version === 2 ? pressureMs(read(`${memory.path}/memory.pressure`)) : undefined,
  };
}

/** v1 counts nanoseconds, v2 microseconds. */
export function readCpuMs(read: ReadNow, { version, path }: Folder): number | undefined {
  if (version === 1) {
    const nanoseconds = wholeNumber(read(`${path}/cpuacct.usage`));
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
  }
  const microseconds = flatNumber(read(`${path}/cpu.stat`), 'usage_usec');
  return microseconds === undefined ? undefined : microseconds / 1e3;
}

export function readMemoryBytes(read: ReadNow, { version, path }: Folder): number | undefined {
  const [usage, inactive] =
    version === 1 ? ['memory.usage_in_bytes', 'total_inactive_file'] : ['memory.current', 'inactive_file'];
  const used = wholeNumber(read(`${path}/${usage}`));
  const droppable = flatNumber(read(`${path}/memory.stat`), inactive) ?? 0;
  return used === undefined ? undefined : Math.max(0, used - droppable);
}

export function readDiskBytes(read: ReadNow, { version, path }: Folder): number | undefined {
  return version === 1
    ? blkioBytes(read(`${path}/blkio.throttle.io_service_bytes`))
    : ioStatBytes(read(`${path}/io.stat`));
}
