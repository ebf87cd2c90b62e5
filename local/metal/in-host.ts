/** Runs a program inside a host, for tests and for people: what a shell on the host would see. */
import { readFileSync } from 'node:fs';
import { run } from '../run.ts';
import type { RunOptions } from '../run.ts';

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
  const enter = ['-t', pid, '-n', '-m', '-p', '-u', '-i', '-r', '-w', 'env', '-i', ...environment];
  return run('nsenter', [...enter, ...argv], options);
}
