/** Keeps a cache small: what is made anew for every change of the sources, and what killed processes left behind. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '../process-identity.ts';

/** Removes all but the `kept` youngest entries of that form, each with its lock. No such folder is no error. */
export function keepNewest(folder: string, form: RegExp, kept: number): void {
  const found = namesIn(folder)
    .filter((name) => form.test(name))
    .map((name) => ({ path: join(folder, name), madeMs: madeMsOf(join(folder, name)) }))
    .sort((one, other) => other.madeMs - one.madeMs);
  for (const { path } of found.slice(kept)) {
    rmSync(path, { recursive: true, force: true });
    rmSync(`${path}.lock`, { force: true });
  }
}

/** Beginning of the name of an entry that belongs to this process: `prefix` and its number. */
export const namedForProcess = (prefix: string): string => `${prefix}${process.pid}-`;

/** Removes entries that are named so for processes that are gone. */
export function forgetOfDead(folder: string, prefix: string): void {
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)-/.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && identify(Number(pid)) === undefined)
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** 0: somebody removed it meanwhile. */
const madeMsOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
