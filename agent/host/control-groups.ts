/**
 * The limits that the kernel sets this host as a whole, where it is less than the machine: a host of the local cloud
 * is a control group. On an EC2 instance there are none, and every answer is undefined.
 *
 * Read from the groups that the agent is in, from its own up to the root, least value wins; a group that is a systemd
 * unit of its own (`*.service`) is left out, because a limit there is about the agent.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
  const memory = await groupFolders(read, 'memory');
  const cpu = await groupFolders(read, 'cpu');
  const pids = await groupFolders(read, 'pids');
  const memoryBytes = least(await numbers(read, memory, ['memory.max', 'memory.limit_in_bytes']));
  const pidsMax = least(await numbers(read, pids, ['pids.max']));
  const cpuMillis = least(await Promise.all(cpu.map((folder) => readCpuMillis(read, folder))));
  return {
    ...(cpuMillis === undefined ? {} : { cpuMillis }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(pidsMax === undefined ? {} : { pids: pidsMax }),
  };
}

/** Folders of the agent's groups that may limit `controller`, in the v1 hierarchy that has it or in v2's only one. */
async function groupFolders(read: ReadText, controller: string): Promise<string[]> {
  const own = ((await read('/proc/self/cgroup')) ?? '').split('\n').map((line) => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers: controllers.split(','), path: path.join(':') };
  });
  const group = own.find((each) => each.controllers.includes(controller));
  const path = (group ?? own.find((each) => each.controllers[0] === ''))?.path;
  const mount = mountPoint(
    (await read('/proc/self/mountinfo')) ?? '',
    group === undefined ? undefined : controller,
  );
  if (path === undefined || mount === undefined) return [];
  const folders: string[] = [];
  for (let at = path; at !== '/' && at !== '.' && at !== ''; at = dirname(at)) folders.push(at);
  return folders.filter((folder) => !folder.endsWith('.service')).map((folder) => join(mount, folder));
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

async function numbers(
  read: ReadText,
  folders: readonly string[],
  files: readonly string[],
): Promise<(number | undefined)[]> {
  const paths = folders.flatMap((folder) => files.map((file) => join(folder, file)));
  return Promise.all(paths.map(async (path) => limit(await read(path))));
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
