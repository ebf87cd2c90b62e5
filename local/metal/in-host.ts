/** Runs a program inside a host, for tests and for people: what a shell on the host would see. */
import { readFileSync } from 'node:fs';
import { groupFilesOf } from '../cgroups.ts';
import { run } from '../run.ts';
import type { RunOptions } from '../run.ts';

/** Joins the groups up to `--`, then becomes the rest: what runs on a host shares the host's limits. */
const JOIN_AND_EXEC = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"';

/**
 * Resolves with standard output. The environment is the host's own machine-wide one.
 * @param host anything with the init's pid as seen from outside (a `RunningHost`, a row of `.berth/<cloud>.json`).
 * @throws RunError when the program fails.
 */
export function inHost(
  host: { readonly initPid: number },
  argv: readonly string[],
  options: Omit<RunOptions, 'env' | 'cwd'> = {},
): Promise<string> {
  const pid = String(host.initPid);
  const environment = readFileSync(`/proc/${pid}/root/usr/lib/host/environment`, 'utf8')
    .split('\n')
    .filter(Boolean);
  const enter = ['nsenter', '-t', pid, '-n', '-m', '-p', '-u', '-i', '-r', '-w', 'env', '-i', ...environment];
  const groups = groupFilesOf(host.initPid);
  return run('sh', ['-c', JOIN_AND_EXEC, 'sh', ...groups, '--', ...enter, ...argv], options);
}
