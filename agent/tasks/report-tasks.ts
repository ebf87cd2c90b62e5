/** What the agent says of each task of its manifest: pure, out of what it remembers and what it sees. */
import type { Manifest, TaskHealth, TaskReason, TaskReport } from '../../contract/agent-protocol.ts';
import type { Container } from '../docker/engine.ts';
import { judge, type Evidence, type HealthMemory, type TaskVerdict } from '../probes/task-health.ts';
import { isFinal, newTask, reason, type TaskState } from './task-state.ts';

export interface Seen {
  readonly manifest: Manifest | undefined;
  readonly containers: ReadonlyMap<string, Container>;
  readonly tasks: Readonly<Record<string, TaskState>>;
  readonly health: Readonly<Record<string, HealthMemory>>;
  readonly dockerAnswers: boolean;
}

export function reportTasks(seen: Seen): TaskReport[] {
  return (seen.manifest?.assignments ?? []).map(({ task, spec: key }) => {
    const state = seen.tasks[task] ?? newTask;
    const container = seen.containers.get(task);
    const spec = seen.manifest?.specs[key]?.health;
    const verdict = verdictOn(state, container, { spec, memory: seen.health[task] });
    const why = whyHere(state, verdict, seen.dockerAnswers);
    const remembered = container === undefined && !seen.dockerAnswers && isRemembered(state);
    const health = verdict?.health ?? (remembered ? 'healthy' : withoutContainer(state));
    const down = container?.state !== 'running' && !remembered;
    const gated = (spec?.deployGateMs ?? 0) > 0 && health === 'healthy';
    return {
      task,
      phase: state.phase,
      health,
      attempt: state.attempt,
      ...(container === undefined ? {} : { containerId: container.id }),
      ...(down && state.exitCode !== undefined ? { exitCode: state.exitCode } : {}),
      ...(gated && state.healthySinceMs !== undefined ? { healthySince: state.healthySinceMs } : {}),
      ...(why === undefined ? {} : { reason: why }),
    };
  });
}

/** Of a running container; undefined without one. */
function verdictOn(
  state: TaskState,
  container: Container | undefined,
  known: Pick<Evidence, 'spec' | 'memory'>,
): TaskVerdict | undefined {
  if (container?.state !== 'running') return undefined;
  return judge(container, { ...known, wasHealthy: wasHealthy(state) });
}

/** When it was last seen, in this boot of the host. */
const wasHealthy = (state: TaskState): boolean => state.healthySinceMs !== undefined;

/** Of an agent that has started while Docker hangs: as far as anybody knows the task goes on as it was. */
const isRemembered = (state: TaskState): boolean => wasHealthy(state) && !isFinal(state.phase);

/** What ran and does not run now is unhealthy. */
function withoutContainer(state: TaskState): TaskHealth {
  const ran = state.phase === 'running' || state.phase === 'draining' || state.phase === 'stopping';
  return ran || isFinal(state.phase) ? 'unhealthy' : 'starting';
}

function whyHere(
  state: TaskState,
  verdict: TaskVerdict | undefined,
  dockerAnswers: boolean,
): TaskReason | undefined {
  if (!dockerAnswers)
    return reason(
      'docker-unavailable',
      'Docker does not answer on this host; the task is as it was last seen',
    );
  if (isFinal(state.phase) || verdict === undefined) return state.reason;
  if (verdict.health === 'starting' && state.failuresInRow > 0)
    return reason(
      'restarting',
      `Start ${state.attempt}, after: ${state.reason?.message ?? 'a failed start'}`,
    );
  return state.restartFor ?? verdict.reason;
}
