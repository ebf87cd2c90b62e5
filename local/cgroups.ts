/**
 * Control groups of a cloud: real limits for hosts, and the way to find every process that a cloud started.
 *
 * Layout, in each hierarchy:  berth/<cloud>/services          emulator, registry, metadata service
 *                             berth/<cloud>/<instance>        a host: its limits; v1: its init and dockerd are in here
 *                             berth/<cloud>/<instance>/init   v2: processes may live in leaves only, so they go here
 *                             berth/<cloud>/<instance>/c      parent of the host's containers
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitUntil } from './wait-until.ts';

/** The controllers that limit a host. */
const CONTROLLERS = ['cpu', 'memory', 'pids'] as const;
/** Version 1 counts what a group uses in hierarchies that may be others than those of its limits. */
const COUNTERS = ['cpuacct', 'blkio'] as const;
const CPU_PERIOD_US = 100_000;
/** Memory per thread that a machine may have: Linux lets their stacks of 16 KiB take an eighth of it (threads-max). */
const BYTES_PER_THREAD = 8 * 16 * 1024;

export interface Hierarchies {
  readonly version: 1 | 2;
  /** Mount point of each hierarchy that limits a host, or counts what it uses. */
  readonly limits: readonly string[];
  /** Mount points of all hierarchies: the container engines make groups in every one of them. */
  readonly all: readonly string[];
}

export interface HostLimits {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/**
 * Reads which hierarchies this machine has.
 * @param mountinfo text of /proc/self/mountinfo: fields, then ` - type source options` (proc(5)).
 */
export function readHierarchies(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): Hierarchies {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [type = '', , options = ''] = right.split(' ');
    const point = left.split(' ')[4] ?? '';
    return type === 'cgroup' || type === 'cgroup2' ? [{ type, point, options: options.split(',') }] : [];
  });
  const all = mounts.map((mount) => mount.point);
  const old = mounts.filter(
    (mount) =>
      mount.type === 'cgroup' &&
      [...CONTROLLERS, ...COUNTERS].some((controller) => mount.options.includes(controller)),
  );
  if (old.length > 0) return { version: 1, limits: old.map((mount) => mount.point), all };
  return { version: 2, limits: mounts.map((mount) => mount.point), all };
}

/** What to write into which file of a host's group. Memory: no swap beyond it, as instances have none. */
export function limitFiles(version: 1 | 2, limits: HostLimits): Record<string, string> {
  const quota = String(Math.round((limits.cpuMillis * CPU_PERIOD_US) / 1000));
  const memory = String(limits.memoryBytes);
  const pids = String(Math.floor(limits.memoryBytes / BYTES_PER_THREAD));
  return version === 1
    ? {
        'cpu.cfs_period_us': String(CPU_PERIOD_US),
        'cpu.cfs_quota_us': quota,
        'memory.limit_in_bytes': memory,
        'pids.max': pids,
      }
    : { 'cpu.max': `${quota} ${String(CPU_PERIOD_US)}`, 'memory.max': memory, 'pids.max': pids };
}

/** Makes a host's group with its limits. Returns the files into which its first process writes its pid. */
export function makeHostGroup(group: string, limits: HostLimits): string[] {
  const { version, limits: mounts } = readHierarchies();
  return mounts.map((mount) => {
    const folder = makeGroup(mount, group, version);
    for (const [file, value] of Object.entries(limitFiles(version, limits)))
      if (existsSync(join(folder, file))) writeFileSync(join(folder, file), value);
    return join(version === 1 ? folder : makeGroup(mount, join(group, 'init'), 2), 'cgroup.procs');
  });
}

/** Docker's --cgroup-parent on a host with this group: on v2 a sibling of the leaf that dockerd is in. */
export function containerParent(group: string): string {
  return readHierarchies().version === 1 ? `/${group}` : `/${group}/c`;
}

/** Makes the group of the cloud's own services, without limits. Returns the file to write a pid into. */
export function makeServiceGroup(cloudGroup: string): string {
  const { version, limits } = readHierarchies();
  const mount = limits.at(-1);
  if (mount === undefined) throw new Error('this machine mounts no control groups under /sys/fs/cgroup');
  return join(makeGroup(mount, join(cloudGroup, 'services'), version), 'cgroup.procs');
}

/** Makes a group and its parents; v2: a controller works in a group only if each parent hands it down. */
function makeGroup(mount: string, group: string, version: 1 | 2): string {
  let folder = mount;
  for (const part of group.split('/')) {
    if (version === 2) handDown(folder);
    folder = join(folder, part);
    mkdirSync(folder, { recursive: true });
  }
  return folder;
}

function handDown(folder: string): void {
  const file = join(folder, 'cgroup.subtree_control');
  const given = readFileSync(file, 'utf8').split(/\s+/);
  const missing = CONTROLLERS.filter((controller) => !given.includes(controller));
  if (missing.length > 0) writeFileSync(file, missing.map((controller) => `+${controller}`).join(' '));
}

/** All groups at and below `group`, deepest first, over all hierarchies. */
function groupFolders(group: string): string[] {
  const walk = (folder: string): string[] =>
    existsSync(folder)
      ? [
          ...readdirSync(folder, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .flatMap((entry) => walk(join(folder, entry.name))),
          folder,
        ]
      : [];
  return readHierarchies().all.flatMap((mount) => walk(join(mount, group)));
}

/** Pids of every process in `group` or below it. */
export function processesIn(group: string): number[] {
  const pids = groupFolders(group).flatMap((folder) => readPids(join(folder, 'cgroup.procs')));
  return [...new Set(pids)];
}

function readPids(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return []; // the group went away while we looked
  }
}

/** The files into which a pid is written to join the groups that `pid` is in. */
export function groupFilesOf(pid: number): string[] {
  const paths = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .flatMap((line) => line.split(':')[2] ?? []);
  const files = readHierarchies().limits.flatMap((mount) =>
    [...new Set(paths)].map((path) => join(mount, path, 'cgroup.procs')),
  );
  return files.filter((file) => readPids(file).includes(pid));
}

/** Kills everything in a group and removes it, and its parent when nothing else is left there. */
export async function removeGroup(group: string): Promise<void> {
  await waitUntil(
    () => {
      for (const pid of processesIn(group)) kill(pid);
      return Promise.resolve(tryRemove(group) ? true : undefined);
    },
    { what: `the processes of control group ${group} to end`, timeoutMs: 15_000 },
  );
  const parent = dirname(group);
  if (parent !== '.') for (const mount of readHierarchies().all) removeFolder(join(mount, parent));
}

/** Pid 0 is a process that this pid namespace does not see: not ours to signal. */
function kill(pid: number): void {
  if (pid <= 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}

function tryRemove(group: string): boolean {
  for (const folder of groupFolders(group)) removeFolder(folder);
  return groupFolders(group).length === 0;
}

/** A group that is busy or already gone stays as it is: the caller looks again. */
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // busy, not empty or gone
  }
}
