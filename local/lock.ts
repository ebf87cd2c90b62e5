/** Lock files: one holder at a time, and a dead holder's lock is anybody's. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

/** Who holds a lock, and what it wants others to know. */
export interface Holder extends ProcessIdentity {
  readonly about: string;
}

/** Takes the lock if it is free. Returns the way to release it, or undefined when a living process holds it. */
export function tryLock(file: string, about = ''): (() => void) | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const own = identify(process.pid);
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, JSON.stringify({ ...own, about })); // a link appears whole or not at all, so no reader sees half a holder
  try {
    if (livingHolder(file) === undefined) rmSync(file, { force: true });
    linkSync(draft, file);
    return () => rmSync(file, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What the lock file says, whether or not its holder still lives; undefined when nobody holds it. */
export function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

export function livingHolder(file: string): Holder | undefined {
  const found = readHolder(file);
  return found !== undefined && isAlive(found) ? found : undefined;
}

/** Runs `work` while holding the lock. @throws Error when it is not free within the time-out. */
export async function withLock<T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const release = await waitUntil(() => Promise.resolve(tryLock(file)), {
    what: `the lock ${file}`,
    timeoutMs,
  });
  try {
    return await work();
  } finally {
    release();
  }
}
