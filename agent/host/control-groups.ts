/**
 * The limits that the kernel sets this host as a whole, where it is less than the machine: a host of the local cloud
 * is a control group. On an EC2 instance there are none, and every answer is undefined.
 *
 * Read from the groups that the agent is in, from its own up to the root, least value wins; a group that is a systemd
 * unit of its own (`*.service`) is left out, because a limit there is about the agent.
 */
import { dirname, join } from 'node:path';
import { readFile } from '../files.ts';

export interface GroupLimits {
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
}

/** Reads a file; undefined when it is not there. */
export type ReadText = (path: string) => Promise<string | undefined>;

export const readText: ReadText = (path) => readFile(path, 'utf8').catch(() => undefined);

/** cgroup v1 says "no limit" with a number near 2^63. */
const NO_LIMIT = 2 ** 60;

export async function readGroupLimits(read: ReadText = readText): Promise<GroupLimits> {
  const { cpu, memory, pidsMax } = await readHostGroup(read);
  return {
    ...(cpu === undefined ? {} : { cpuMillis: cpu.limit }),
    ...(memory === undefined ? {} : { memoryBytes: memory.limit }),
    ...(pidsMax === undefined ? {} : { pids: pidsMax }),
  };
}

/** A group that limits this host, and by how much. */
export interface LimitingGroup {
  readonly limit: number;
  /** From the hierarchy's root: `/berth/c1/i-1`. */
  readonly path: string;
}

export interface HostGroup {
  /** Milli-CPUs. */
  readonly cpu?: LimitingGroup;
  /** Bytes. */
  readonly memory?: LimitingGroup;
  readonly pidsMax?: number;
}

/** The groups with the least limit, of all that the agent is in. */
export async function readHostGroup(read: ReadText = readText): Promise<HostGroup> {
  const limited = async (
    controller: string,
    limitOf: (folder: string) => Promise<number | undefined>,
  ): Promise<LimitingGroup | undefined> => {
    const { mount, paths } = await groupPaths(read, controller);
    const limits = await Promise.all(paths.map((path) => limitOf(join(mount, path))));
    const limit = least(limits);
    return limit === undefined ? undefined : { limit, path: paths[limits.indexOf(limit)] ?? '/' };
  };
  const number =
    (...files: string[]) =>
    async (folder: string): Promise<number | undefined> =>
      least(await Promise.all(files.map(async (file) => limit(await read(join(folder, file))))));
  const memory = await limited('memory', number('memory.max', 'memory.limit_in_bytes'));
  const cpu = await limited('cpu', (folder) => readCpuMillis(read, folder));
  const pids = await limited('pids', number('pids.max'));
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(pids === undefined ? {} : { pidsMax: pids.limit }),
  };
}

/** Paths of the agent's groups that may limit `controller`, in the v1 hierarchy that has it or in v2's only one. */
async function groupPaths(read: ReadText, controller: string): Promise<{ mount: string; paths: string[] }> {
  const cgroup = (await read('/proc/self/cgroup')) ?? '';
  const mountinfo = (await read('/proc/self/mountinfo')) ?? '';
  const group = groupOf(cgroup, mountinfo, controller);
  if (group === undefined) return { mount: '', paths: [] };
  const paths: string[] = [];
  for (let at = group.path; at !== '/' && at !== '.' && at !== ''; at = dirname(at)) paths.push(at);
  return { mount: group.mount, paths: paths.filter((path) => !path.endsWith('.service')) };
}

/** Where a process's group is, and in which of the kernel's two forms its files are. */
export interface ProcessGroup {
  readonly version: 1 | 2;
  readonly mount: string;
  /** Below the mount. */
  readonly path: string;
}

/**
 * @param cgroup text of the process's /proc/PID/cgroup: lines `number:controllers:path`
 * @param mountinfo our own: the process may see other mounts
 */
export function groupOf(cgroup: string, mountinfo: string, controller: string): ProcessGroup | undefined {
  const own = cgroup.split('\n').map((line) => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers: controllers.split(','), path: path.join(':') };
  });
  const group = own.find((each) => each.controllers.includes(controller));
  const path = (group ?? own.find((each) => each.controllers[0] === ''))?.path;
  const mount = mountPoint(mountinfo, group === undefined ? undefined : controller);
  if (path === undefined || path === '' || mount === undefined) return undefined;
  return { version: group === undefined ? 2 : 1, mount, path };
}

/** proc(5): fields, then ` - type source options`; a v1 hierarchy names its controllers among the options. */
function mountPoint(mountinfo: string, controller: string | undefined): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [type, , options = ''] = right.split(' ');
    const fits =
      controller === undefined
        ? type === 'cgroup2'
        : type === 'cgroup' && options.split(',').includes(controller);
    if (fits) return left.split(' ')[4];
  }
  return undefined;
}

/** v2: `cpu.max` is `quota period` or `max period`; v1: two files, and a quota of -1 is none. */
async function readCpuMillis(read: ReadText, folder: string): Promise<number | undefined> {
  const two = (await read(join(folder, 'cpu.max')))?.trim().split(' ');
  const quota = limit(two?.[0] ?? (await read(join(folder, 'cpu.cfs_quota_us'))));
  const period = limit(two?.[1] ?? (await read(join(folder, 'cpu.cfs_period_us'))));
  return quota === undefined || period === undefined ? undefined : Math.round((quota * 1000) / period);
}

function limit(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || NaN);
  return value > 0 && value < NO_LIMIT ? value : undefined;
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
