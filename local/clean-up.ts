/**
 * Removes everything that a cloud made on this machine: after an orderly end there is little left to do, after a
 * `kill -9` all of it. Found by the cloud's name and index only; nothing of another cloud is touched.
 *
 * Removed: processes (all are in the cloud's control group), network namespaces, links, the bridge, firewall rules,
 * mounts, control groups, the socket of an engine of its own, the state, run and temporary folders, `.berth/<name>.json`. Kept: logs, and caches of the project.
 * Doing it twice does no harm. Must not be called while the cloud's own process lives: see stop-cloud.ts.
 */
import { readFileSync, rmSync } from 'node:fs';
import { sep } from 'node:path';
import { removeGroup } from './cgroups.ts';
import { removeNetwork } from './network.ts';
import type { CloudPlan } from './plan.ts';
import { removeDeadSocket } from './registry/engine.ts';
import { run } from './run.ts';

export async function cleanUp(plan: CloudPlan): Promise<void> {
  const { state, run: sockets, temporary, file } = plan.paths;
  await removeGroup(plan.cgroup);
  await removeNetwork(plan);
  await removeDeadSocket(plan);
  for (const folder of [state, sockets])
    for (const mount of mountsBelow(folder)) await run('umount', ['--lazy', mount]);
  for (const path of [state, sockets, temporary, file]) rmSync(path, { recursive: true, force: true });
}

/**
 * Mount points below a folder, the last mounted first.
 * @param mountinfo text of /proc/self/mountinfo, where blanks in paths are written as \040 and so on (proc(5)).
 */
export function mountsBelow(
  folder: string,
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string[] {
  return mountinfo
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, code: string) => character(code)))
    .filter((point) => point.startsWith(folder + sep))
    .reverse();
}

const character = (octal: string): string => String.fromCharCode(Number.parseInt(octal, 8));
