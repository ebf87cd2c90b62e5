/** What the agent says of each task of its manifest: pure, out of what it remembers and what it sees. */
import type { Manifest, TaskHealth, TaskReason, TaskReport } from '../../contract/agent-protocol.ts';
import type { Container } from '../docker/engine.ts';
import { isFinal, newTask, reason, type TaskState } from './task-state.ts';

export interface Seen {
  readonly manifest: Manifest | undefined;
  readonly containers: ReadonlyMap<string, Container>;
  readonly tasks: Readonly<Record<string, TaskState>>;
  readonly dockerAnswers: boolean;
}

export function reportTasks(seen: Seen): TaskReport[] {
  return (seen.manifest?.assignments ?? []).map(({ task }) => {
    const state = seen.tasks[task] ?? newTask;
    const container = seen.containers.get(task);
    const why = whyHere(state, container, seen.dockerAnswers);
    const down = container?.state !== 'running';
    return {
      task,
      phase: state.phase,
      health: healthOf(state, container),
      attempt: state.attempt,
      ...(container === undefined ? {} : { containerId: container.id }),
      ...(down && state.exitCode !== undefined ? { exitCode: state.exitCode } : {}),
      ...(why === undefined ? {} : { reason: why }),
    };
  });
}

/** Without a health check a task is healthy once it runs. What ran and does not run now is unhealthy. */
function healthOf(state: TaskState, container: Container | undefined): TaskHealth {
  if (container?.state === 'running') return container.health === 'none' ? 'healthy' : container.health;
  const ran = state.phase === 'running' || state.phase === 'draining' || state.phase === 'stopping';
  return ran || isFinal(state.phase) ? 'unhealthy' : 'starting';
}

function whyHere(
  state: TaskState,
  container: Container | undefined,
  dockerAnswers: boolean,
): TaskReason | undefined {
  if (!dockerAnswers)
    return reason(
      'docker-unavailable',
      'Docker does not answer on this host; the task is as it was last seen',
    );
  if (isFinal(state.phase) || container?.state !== 'running') return state.reason;
  if (container.health === 'unhealthy')
    return reason(
      'health-check-failing',
      container.healthOutput.trim() || 'The health check fails without a word',
    );
  if (container.health === 'starting' && state.failuresInRow > 0)
    return reason(
      'restarting',
      `Start ${state.attempt}, after: ${state.reason?.message ?? 'a failed start'}`,
    );
  return undefined;
}
