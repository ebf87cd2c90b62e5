/** What a task remembers of a step that was taken: pure, (state, step, outcome, time) -> state. */
import type { Step } from '../decide.ts';
import { noAnswer, EngineError } from '../docker/engine.ts';
import { messageOf } from '../log.ts';
import { withRemedy } from './disk-full.ts';
import { failedAttempt, failedPull, portTaken } from './retry.ts';
import { advance, isFinal, reason, without, type TaskState } from './task-state.ts';

/** `error` is absent when the step succeeded. */
export interface Outcome {
  readonly error?: unknown;
}

/** A stop that Docker refused is tried again after this long. */
export const STOP_RETRY_MS = 1000;

/** The container exists; from here on the task is starting. */
export const created = (state: TaskState, containerId: string): TaskState => ({
  ...state,
  containerId,
  phase: advance(state.phase, 'starting'),
});

export function recordOutcome(state: TaskState, step: Step, outcome: Outcome, nowMs: number): TaskState {
  switch (step.kind) {
    case 'launch':
    case 'start':
      return outcome.error === undefined ? state : startFailed(state, step.kind, outcome.error, nowMs);
    case 'pull':
      return pulled(state, outcome.error, nowMs);
    case 'signal':
      return outcome.error === undefined || gone(outcome.error)
        ? state
        : { ...without(state, 'signalledAtMs'), stopRetryMs: nowMs + STOP_RETRY_MS };
    case 'kill':
      return outcome.error === undefined || gone(outcome.error)
        ? state
        : { ...without(state, 'killedAtMs'), stopRetryMs: nowMs + STOP_RETRY_MS };
    case 'remove':
      return outcome.error === undefined ? state : { ...state, stopRetryMs: nowMs + STOP_RETRY_MS };
  }
}

const gone = (error: unknown): boolean =>
  error instanceof EngineError && (error.kind === 'not-running' || error.kind === 'not-found');

function startFailed(state: TaskState, kind: 'launch' | 'start', error: unknown, nowMs: number): TaskState {
  if (isFinal(state.phase)) return state;
  const what = error instanceof EngineError ? error.kind : 'refused';
  const words = withRemedy(messageOf(error));
  // Docker was away: whether it acted shows in the next list. It is no fault of the task.
  if (noAnswer(error)) return { ...state, reason: reason('docker-unavailable', words) };
  if (what === 'image-missing') return imageMissing(state, words, nowMs);
  // An earlier create whose answer was lost: the next list finds the container.
  if (what === 'name-taken' && kind === 'launch')
    return failedAttempt(state, reason('create-failed', words), nowMs);
  const began = { ...state, phase: advance(state.phase, 'starting') };
  if (what === 'port-taken') return portTaken(began, words, nowMs);
  const wasCreated = kind === 'start' || state.containerId !== undefined;
  return failedAttempt(began, reason(wasCreated ? 'start-failed' : 'create-failed', words), nowMs);
}

/** The first time it is pulled; missing again right after a pull, the pull did not bring what is needed. */
function imageMissing(state: TaskState, words: string, nowMs: number): TaskState {
  const notStarted = { ...state, attempt: Math.max(0, state.attempt - 1) };
  if (state.pull === 'done') return failedPull(notStarted, `${words}${AFTER_PULL}`, nowMs);
  return {
    ...notStarted,
    pull: 'needed',
    phase: advance(state.phase, 'pulling'),
    reason: reason('image-missing', words),
  };
}

const AFTER_PULL =
  ' right after it was pulled: it was removed meanwhile, or is not built for this host’s architecture';

function pulled(state: TaskState, error: unknown, nowMs: number): TaskState {
  if (error === undefined) return { ...without(state, 'reason'), pull: 'done', notBeforeMs: 0 };
  // No word of the registry is a failed pull; no word of Docker at all is not the image's fault.
  if (error instanceof EngineError && error.kind === 'unreachable')
    return { ...state, notBeforeMs: nowMs + STOP_RETRY_MS };
  return isFinal(state.phase) ? state : failedPull(state, messageOf(error), nowMs);
}
