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
    const taken = linked(draft, file) || (bury(file) && linked(draft, file));
    return taken ? () => rmSync(file, { force: true }) : undefined;
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a dead holder's lock. One process at a time does that, under a lock of its own: two that saw the same dead
 * holder would otherwise remove, the later one, the lock that the first has meanwhile taken.
 * Returns false while somebody living holds it, or is at it.
 */
function bury(file: string): boolean {
  if (stateOf(file) === 'held') return false;
  const release = tryLock(`${file}.heir`);
  if (release === undefined) return false;
  try {
    const state = stateOf(file);
    if (state === 'abandoned') rmSync(file, { force: true }); // none but us may end this state
    return state !== 'held';
  } finally {
    release();
  }
}

/** In one look: a lock that is released and taken while it is looked at must not seem abandoned. */
function stateOf(file: string): 'free' | 'held' | 'abandoned' {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return 'free';
  }
  const holder = parseHolder(text);
  return holder !== undefined && isAlive(holder) ? 'held' : 'abandoned'; // what cannot be read, a power cut has left
}

/** What the lock file says, whether or not its holder still lives; undefined when nobody holds it. */
export function readHolder(file: string): Holder | undefined {
  try {
    return parseHolder(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

export function livingHolder(file: string): Holder | undefined {
  const found = readHolder(file);
  return found !== undefined && isAlive(found) ? found : undefined;
}

export interface LockOptions {
  readonly timeoutMs: number;
  /** What others are told while they wait. */
  readonly about: string;
}

/** Runs `work` while holding the lock. @throws Error that names its holder, when it is not free within the time-out. */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await waitUntil(() => Promise.resolve(tryLock(file, options.about)), {
    what: () => `the lock ${file}${holderText(file)}`,
    timeoutMs: options.timeoutMs,
  });
  try {
    return await work();
  } finally {
    release();
  }
}

function holderText(file: string): string {
  const holder = livingHolder(file);
  return holder === undefined ? '' : `, which process ${String(holder.pid)} holds: ${holder.about}`;
}
