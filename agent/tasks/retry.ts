/**
 * When a task is tried again, and when it is given up: pure functions of its state and the time.
 *
 * The agent restarts containers itself (Docker's own restart policy is off), so that attempts are counted, reported,
 * and survive a restart of the agent.
 */
import type { RestartSpec } from '../../contract/stack-spec.ts';
import type { Container } from '../docker/engine.ts';
import type { TaskReason } from '../../contract/agent-protocol.ts';
import { advance, isFinal, reason, without, type TaskState } from './task-state.ts';

/** Doubling delay before the next attempt. */
export const BACK_OFF = { firstMs: 100, longestMs: 30_000 } as const;
/** More failed attempts than this within the window: the task has failed. */
export const CRASH_LOOP = { attempts: 10, windowMs: 5 * 60_000 } as const;
/** A run that was healthy this long wipes the slate. */
export const HEALTHY_RUN_MS = 60_000;
/** Failed attempts in a row, about 3 s of them, after which a port is somebody else's: the next task gets another. */
export const PORT_ATTEMPTS = 6;
/** Failed pulls after which the task has failed. */
export const PULL_ATTEMPTS = 5;

export const backOffMs = (failures: number): number =>
  Math.min(BACK_OFF.longestMs, BACK_OFF.firstMs * 2 ** Math.min(Math.max(failures, 1) - 1, 20));

/** The state after a long healthy run: earlier failures no longer count. */
export function forgiven(state: TaskState, nowMs: number): TaskState {
  const healthyMs = state.healthySinceMs === undefined ? 0 : nowMs - state.healthySinceMs;
  if (healthyMs < HEALTHY_RUN_MS || (state.failuresInRow === 0 && state.failedAtMs.length === 0))
    return state;
  return { ...without(state, 'reason'), failuresInRow: 0, failedAtMs: [], notBeforeMs: 0 };
}

/** Counts one failed attempt: either a later next attempt, or the end. */
export function failedAttempt(state: TaskState, why: TaskReason, nowMs: number): TaskState {
  const failedAtMs = [...state.failedAtMs.filter((at) => at > nowMs - CRASH_LOOP.windowMs), nowMs];
  const failuresInRow = state.failuresInRow + 1;
  const counted = { ...without(state, 'healthySinceMs'), failedAtMs, failuresInRow };
  if (failedAtMs.length > CRASH_LOOP.attempts) return { ...counted, phase: 'failed', reason: verdict(why) };
  return { ...counted, notBeforeMs: nowMs + backOffMs(failuresInRow), reason: why };
}

/** A container that ran and fell is in a crash loop; one that could never be started keeps the cause's own code. */
function verdict(last: TaskReason): TaskReason {
  const ran = last.code === 'exited' || last.code === 'oom-killed' || last.code === 'container-gone';
  const minutes = CRASH_LOOP.windowMs / 60_000;
  return reason(
    ran ? 'crash-loop' : last.code,
    `More than ${CRASH_LOOP.attempts} attempts failed within ${minutes} minutes. The last one: ${last.message}`,
  );
}

/** Counts one attempt whose host port was taken: perhaps by a container that is just going, else by no container of ours. */
export function portTaken(state: TaskState, message: string, nowMs: number): TaskState {
  const counted = failedAttempt(state, reason('port-taken', message), nowMs);
  if (isFinal(counted.phase) || counted.failuresInRow < PORT_ATTEMPTS) return counted;
  const words = `Its host port is held by something that is not Berth's: ${message}`;
  return { ...counted, phase: 'failed', reason: reason('port-taken', words) };
}

/** Counts one failed pull. */
export function failedPull(state: TaskState, message: string, nowMs: number): TaskState {
  const pullFailures = state.pullFailures + 1;
  const why = reason('image-pull-failed', message);
  const counted: TaskState = { ...state, pull: 'needed', pullFailures, reason: why };
  if (pullFailures >= PULL_ATTEMPTS) return { ...counted, phase: 'failed' };
  return { ...counted, phase: advance(state.phase, 'pulling'), notBeforeMs: nowMs + backOffMs(pullFailures) };
}

/** Counts the exit of a task's container that should have run on, by its restart policy. Each exit counts once. */
export function countExit(
  before: TaskState,
  container: Container,
  policy: RestartSpec,
  nowMs: number,
): TaskState {
  if (before.countedExit === container.finishedAt) return before;
  const state: TaskState = {
    ...forgiven(before, nowMs),
    countedExit: container.finishedAt,
    exitCode: container.exitCode,
  };
  return afterRun(state, whyRestarted(before, container), container, policy, nowMs);
}

function afterRun(
  ended: TaskState,
  why: TaskReason,
  container: Container,
  policy: RestartSpec,
  nowMs: number,
): TaskState {
  // What ended because its probe failed has failed, whatever its exit code.
  const clean = ended.restartFor === undefined && container.exitCode === 0 && !container.oomKilled;
  const state = without(ended, 'restartFor', 'signalledAtMs', 'killedAtMs', 'stopRetryMs');
  if (policy.policy === 'no') return { ...state, phase: clean ? 'stopped' : 'failed', reason: why };
  if (policy.policy === 'on-failure') {
    if (clean) return { ...state, phase: 'stopped', reason: why };
    // As in Docker, 0 means no limit.
    if (policy.maxRetries && state.failuresInRow >= policy.maxRetries)
      return {
        ...state,
        phase: 'failed',
        reason: reason(why.code, `${why.message}, after ${state.failuresInRow} restarts (max_retries)`),
      };
  }
  return failedAttempt(state, why, nowMs);
}

/** Counts a container that was removed by someone else. */
export function countGone(before: TaskState, policy: RestartSpec, nowMs: number): TaskState {
  const state = without(
    forgiven(before, nowMs),
    ...(['containerId', 'countedExit', 'restartFor', 'signalledAtMs', 'killedAtMs', 'stopRetryMs'] as const),
  );
  const why = reason('container-gone', 'The container was removed by something other than Berth');
  return policy.policy === 'no'
    ? { ...state, phase: 'failed', reason: why }
    : failedAttempt(state, why, nowMs);
}

const whyRestarted = ({ restartFor }: TaskState, container: Container): TaskReason =>
  restartFor ?? whyExited(container);

export function whyExited(container: Container): TaskReason {
  if (container.oomKilled)
    return reason(
      'oom-killed',
      `Killed for exceeding its memory limit (exit code ${container.exitCode}); raise the limit or use less`,
    );
  return reason('exited', `Exited with code ${container.exitCode}`);
}
