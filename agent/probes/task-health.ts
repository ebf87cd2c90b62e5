/**
 * What all that is known of a running container says of its task: pure, (container, spec, memory) -> health, and
 * whether it must be restarted.
 *
 * Readiness and the replica's own word decide health, and so DNS; both must agree. Liveness decides restarts. Without a
 * spec it is as Docker says: its health check, and without one healthy once running.
 */
import type { TaskHealth, TaskReason } from '../../contract/agent-protocol.ts';
import type { HealthSpec, ReadinessSpec } from '../../contract/health-spec.ts';
import type { Container } from '../docker/engine.ts';
import { reason } from '../tasks/task-state.ts';
import { newProbe, type ProbeState } from './probe-state.ts';

/** The replica's last word on its socket. */
export interface Word {
  readonly ready: boolean;
  /** Why not. */
  readonly reason: string;
}

/** What is remembered of one run of a container; plain data, kept in the state file. */
export interface HealthMemory {
  /** Which run; '' until the container is seen to run. A word may come before that. */
  readonly run: string;
  /** When it was first seen to run. */
  readonly sinceMs: number;
  readonly readiness?: ProbeState;
  readonly liveness?: ProbeState;
  readonly word?: Word;
  /** The replica asked not to be taken away for lack of load. */
  readonly protect?: boolean;
}

export interface TaskVerdict {
  readonly health: TaskHealth;
  readonly reason?: TaskReason;
  /** The container is to be ended and started again. */
  readonly restart?: TaskReason;
}

/** Differs with each start of each container. */
export const runOf = (container: Container): string => `${container.id} ${container.startedAt}`;

export interface Evidence {
  readonly spec: HealthSpec | undefined;
  readonly memory: HealthMemory | undefined;
  /** The run was healthy when last judged: a probe that is new to it does not take it out of DNS before it is asked. */
  readonly wasHealthy: boolean;
}

/** @param container one that runs */
export function judge(container: Container, { spec, memory, wasHealthy }: Evidence): TaskVerdict {
  const known = memory?.run === runOf(container) ? memory : undefined;
  const dead = spec === undefined ? undefined : livenessFailure(container, spec, known);
  if (dead !== undefined) return { health: 'unhealthy', reason: dead, restart: dead };
  const word = spec?.signal === true ? ofWord(known?.word) : HEALTHY;
  if (word.health === 'unhealthy') return word;
  const probe = ofReadiness(
    container,
    spec?.readiness,
    known?.readiness ?? (wasHealthy ? PASSING : undefined),
  );
  return probe.health === 'healthy' ? word : probe;
}

const HEALTHY: TaskVerdict = { health: 'healthy' };
/** Of a run that was healthy before it had a probe. */
export const PASSING: ProbeState = { ...newProbe, verdict: 'passing' };

function livenessFailure(
  container: Container,
  spec: HealthSpec,
  known: HealthMemory | undefined,
): TaskReason | undefined {
  if (spec.liveness === undefined) return undefined;
  const words =
    spec.liveness.kind === 'docker'
      ? container.health === 'unhealthy' && dockersWords(container)
      : known?.liveness?.verdict === 'failing' && known.liveness.message;
  return words === false
    ? undefined
    : reason('liveness-failed', `Restarted, as its liveness probe fails: ${words}`);
}

function ofReadiness(
  container: Container,
  spec: ReadinessSpec | undefined,
  probe: ProbeState | undefined,
): TaskVerdict {
  if (spec === undefined || spec.kind === 'docker') {
    if (container.health === 'none') return HEALTHY;
    if (container.health !== 'unhealthy') return { health: container.health };
    return { health: 'unhealthy', reason: reason('health-check-failing', dockersWords(container)) };
  }
  switch (probe?.verdict) {
    case 'passing':
      return HEALTHY;
    case 'failing':
      return {
        health: 'unhealthy',
        reason: reason('health-check-failing', `Its readiness probe fails: ${probe.message}`),
      };
    default:
      return { health: 'starting' };
  }
}

const dockersWords = (container: Container): string =>
  container.healthOutput.trim() || 'The health check fails without a word';

function ofWord(word: Word | undefined): TaskVerdict {
  if (word === undefined)
    return {
      health: 'starting',
      reason: reason(
        'signal-awaited',
        'Waits for the replica to write `ready` to the socket BERTH_HEALTH_SOCKET',
      ),
    };
  if (word.ready) return HEALTHY;
  const why = word.reason === '' ? 'it gave no reason' : word.reason;
  return {
    health: 'unhealthy',
    reason: reason('signalled-not-ready', `The replica asked to be taken out of DNS: ${why}`),
  };
}
