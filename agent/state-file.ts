/**
 * The agent's memory: what must outlive a crash of the agent or of the host, in one file, replaced whole.
 *
 * In and out: `AgentState`. A write goes to a temporary file, is forced to disk, and takes the file's place in one
 * step, so a reader finds the old state or the new one. Writes that come while one is under way are put together.
 * Fails: a missing file is a first start. A file that makes no sense, or is of a newer agent, is set aside under
 *   another name and reported: containers are then adopted by their labels, and nothing is stopped until the control
 *   plane has spoken. `save` rejects when the disk refuses; what depends on it must not be done then.
 */
import { dirname } from 'node:path';
import type { Manifest } from '../contract/agent-protocol.ts';
import { readManifest } from './control-plane/replies.ts';
import type { EngineFacts } from './docker/engine.ts';
import { mkdir, readFile, rename, syncFolder, writeToDisk } from './files.ts';
import type { PulledImages } from './images/unwanted.ts';
import type { HealthMemory } from './probes/task-health.ts';
import type { TaskState } from './tasks/task-state.ts';
import { without } from './tasks/task-state.ts';

export interface AgentState {
  /** Version of this file's form. */
  readonly schema: 1;
  /** Last manifest received. */
  readonly manifest?: Manifest;
  /** Sequence numbers of the last report and beat. */
  readonly reportSeq: number;
  readonly beatSeq: number;
  readonly tasks: Readonly<Record<string, TaskState>>;
  /** What probes found and replicas said, by task: a restart of the agent is no news about anybody's health. */
  readonly health: Readonly<Record<string, HealthMemory>>;
  /** Of the host's boot in which this was written. */
  readonly bootId?: string;
  /** What Docker last said of itself: a host whose Docker hangs can still say that it is there. */
  readonly engine?: EngineFacts;
  /** Images that were not here before Berth pulled them. */
  readonly pulled?: PulledImages;
}

export const emptyState: AgentState = { schema: 1, reportSeq: 0, beatSeq: 0, tasks: {}, health: {} };

export interface StateFile {
  /** Rejects with `StateFileError` when there is a file that cannot be used; it was set aside. */
  load(): Promise<AgentState>;
  /** Resolves when this state, or a later one, is on the disk. */
  save(state: AgentState): Promise<void>;
}

export class StateFileError extends Error {}

export function openStateFile(path: string): StateFile {
  let newest: AgentState = emptyState;
  let writing: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const write = (): Promise<void> => {
    writing = replaceFile(path, JSON.stringify(newest)).finally(() => (writing = undefined));
    return writing;
  };

  return {
    load: async () => {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      });
      if (text === undefined) return emptyState;
      try {
        return resumed(parseState(text));
      } catch (error) {
        await rename(path, `${path}.unusable`);
        throw new StateFileError(`${path} cannot be used and was set aside: ${String(error)}`);
      }
    },
    save: (state) => {
      newest = state;
      if (writing === undefined) return write();
      // One is under way with an older state: the next write carries everybody who comes meanwhile.
      queued ??= writing
        .catch(() => undefined)
        .then(() => {
          queued = undefined;
          return write();
        });
      return queued;
    },
  };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  await writeToDisk(temporary, text, 0o600);
  await rename(temporary, path);
  await syncFolder(folder); // the rename itself
}

function parseState(text: string): AgentState {
  const state = JSON.parse(text) as Partial<AgentState>;
  if (state.schema !== 1) throw new Error(`its schema is ${String(state.schema)}, not 1`);
  if (typeof state.tasks !== 'object') throw new Error('it names no tasks');
  return {
    // What a newer agent noted stays for when it is back.
    ...state,
    schema: 1,
    ...(state.manifest === undefined ? {} : { manifest: readManifest(state.manifest, 'manifest') }),
    reportSeq: state.reportSeq ?? 0,
    beatSeq: state.beatSeq ?? 0,
    tasks: state.tasks,
    health: state.health ?? {},
    ...(state.bootId === undefined ? {} : { bootId: state.bootId }),
    ...(state.engine === undefined ? {} : { engine: state.engine }),
    ...(state.pulled === undefined ? {} : { pulled: state.pulled }),
  };
}

/**
 * A stop signal is noted before it is sent, so after a crash nobody knows whether it was. It is sent again, with its
 * whole grace period: two signals are better than none before a SIGKILL.
 */
export function resumed(state: AgentState): AgentState {
  const tasks = Object.entries(state.tasks).map(([task, kept]) => [
    task,
    without(kept, 'signalledAtMs', 'killedAtMs', 'stopRetryMs'),
  ]);
  return { ...state, tasks: Object.fromEntries(tasks) as AgentState['tasks'] };
}

/**
 * The memory as it holds by a clock that may have been set back since it was written: what lies in the future by it
 * counts from now on.
 */
export function notLaterThan(state: AgentState, nowMs: number): AgentState {
  const past = (ms: number): number => Math.min(ms, nowMs);
  const tasks = Object.entries(state.tasks).map(([task, kept]): [string, TaskState] => {
    const { healthySinceMs: since } = kept;
    const failedAtMs = kept.failedAtMs.map(past);
    return [task, { ...kept, failedAtMs, ...(since === undefined ? {} : { healthySinceMs: past(since) }) }];
  });
  const health = Object.entries(state.health).map(([task, memory]): [string, HealthMemory] => [
    task,
    { ...memory, sinceMs: past(memory.sinceMs) },
  ]);
  return { ...state, tasks: Object.fromEntries(tasks), health: Object.fromEntries(health) };
}

/**
 * The memory as it holds in this boot of the host: none of the containers has outlived the last one, so nobody is
 * healthy because it was. (The files of older agents do not say of which boot they are.)
 */
export function inBoot(state: AgentState, bootId: string): AgentState {
  if (state.bootId === bootId) return state;
  if (!hasBooted(state, bootId)) return { ...state, bootId };
  const tasks = Object.entries(state.tasks).map(([task, kept]) => [task, without(kept, 'healthySinceMs')]);
  return { ...state, bootId, tasks: Object.fromEntries(tasks) as AgentState['tasks'], health: {} };
}

/** The host has booted since this memory was written. */
export const hasBooted = (state: AgentState, bootId: string): boolean =>
  state.bootId !== undefined && state.bootId !== bootId;
