/**
 * What the agent remembers of a task between passes and restarts, and the rules of its phases.
 *
 * Phases only move forward: assigned > pulling > starting > running > draining > stopping > stopped | failed.
 * Health is separate. All of it is plain data, written to the state file before anything is done because of it.
 */
import type { TaskPhase, TaskReason } from '../../contract/agent-protocol.ts';

export interface TaskState {
  readonly phase: TaskPhase;
  /** Starts of the container within this task; 1 is the first. */
  readonly attempt: number;
  /** Last known container, until it is seen to be gone. */
  readonly containerId?: string;
  /** Failed attempts since the last long healthy run. */
  readonly failuresInRow: number;
  /** Times of the failed attempts within the last `CRASH_LOOP.windowMs`. */
  readonly failedAtMs: readonly number[];
  /** No further attempt before this time. */
  readonly notBeforeMs: number;
  /** `needed`: Docker said that the image is not here. `done`: pulled for this task. */
  readonly pull: 'unknown' | 'needed' | 'done';
  readonly pullFailures: number;
  /** Since when the container has been healthy without a break. */
  readonly healthySinceMs?: number;
  /** `finishedAt` of the last exit that was counted, so that each exit counts once. */
  readonly countedExit?: string;
  /** When the stop signal, and when the last SIGKILL was sent. */
  readonly signalledAtMs?: number;
  readonly killedAtMs?: number;
  /** No further try to take the container away before this time. */
  readonly stopRetryMs?: number;
  /** Since when, without a break, no manifest has named it while the control plane was heard. */
  readonly strayAtMs?: number;
  /** Why the running container is being ended, to be started again. */
  readonly restartFor?: TaskReason;
  readonly exitCode?: number;
  readonly reason?: TaskReason;
}

export const newTask: TaskState = {
  phase: 'assigned',
  attempt: 0,
  failuresInRow: 0,
  failedAtMs: [],
  notBeforeMs: 0,
  pull: 'unknown',
  pullFailures: 0,
};

/** Order of the phases; the three last are final. */
const RANK: Readonly<Record<TaskPhase, number>> = {
  pending: 0,
  assigned: 1,
  pulling: 2,
  starting: 3,
  running: 4,
  draining: 5,
  stopping: 6,
  stopped: 7,
  failed: 7,
  lost: 7,
};

export const isFinal = (phase: TaskPhase): boolean => RANK[phase] === RANK.stopped;

/** The later of the two phases: a task never goes back, and never leaves a final phase. */
export const advance = (from: TaskPhase, to: TaskPhase): TaskPhase => (RANK[to] > RANK[from] ? to : from);

/** True when `to` may follow `from`. */
export const mayFollow = (from: TaskPhase, to: TaskPhase): boolean => from === to || RANK[to] > RANK[from];

/** A copy without the named keys; keys that are absent stay absent (exact optional properties). */
export function without<K extends keyof TaskState>(
  state: TaskState,
  ...keys: readonly K[]
): Omit<TaskState, K> {
  const copy: Partial<TaskState> = { ...state };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy as Omit<TaskState, K>;
}

/** Longest message that the wire takes. */
const MESSAGE_LENGTH = 2000;

export const reason = (code: TaskReason['code'], message: string): TaskReason => ({
  code,
  message: message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH - 3)}...` : message,
});
