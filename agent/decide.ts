/**
 * Decides what the agent does next: (manifest, observed containers, remembered tasks, time) -> at most one step per
 * task, and what to remember before any of them is taken. Pure: no clock, no Docker, no chance.
 *
 * Rules that everything else rests on:
 *  - Docker does not answer: no step, nothing is concluded.
 *  - Offline (the control plane has not confirmed the manifest since the start, or does not answer now): containers
 *    are kept and restarted; no stop begins. One that has begun is brought to its end.
 *  - A task that a step is under way for is left alone until the step is over.
 *  - Containers of ours that no manifest names are stopped, but only when online, when that has been so for a minute, and
 *    few at a time. Other people's are never looked at.
 *
 *     wanted   container           then
 *     run      none                launch; `pull` first once Docker said that the image is missing
 *     run      created, exited     start, when the back-off is over and the restart policy wants it
 *     drain    running             leave it; when it exits it is over
 *     stop     running             signal, then kill when the grace is over
 *     stop     not running         remove, then the task is over
 */
import { isDeepStrictEqual } from 'node:util';
import type { Assignment, ContainerSpec, Manifest } from '../contract/agent-protocol.ts';
import type { Container } from './docker/engine.ts';
import { judge, type HealthMemory, type TaskVerdict } from './probes/task-health.ts';
import { BACK_OFF, countExit, countGone, forgiven, whyExited } from './tasks/retry.ts';
import { advance, isFinal, newTask, reason, without, type TaskState } from './tasks/task-state.ts';

export type Step =
  | { readonly kind: 'launch'; readonly task: string }
  | { readonly kind: 'pull'; readonly task: string; readonly image: string; readonly platform?: string }
  | {
      readonly kind: 'start' | 'kill' | 'remove';
      readonly task: string;
      readonly id: string;
      readonly why?: string;
    }
  | {
      readonly kind: 'signal';
      readonly task: string;
      readonly id: string;
      readonly signal: string;
      readonly why?: string;
    };

export interface Input {
  readonly manifest: Manifest | undefined;
  /** By task. */
  readonly containers: ReadonlyMap<string, Container>;
  readonly tasks: Readonly<Record<string, TaskState>>;
  /** What probes found and replicas said, by task. */
  readonly health: Readonly<Record<string, HealthMemory>>;
  readonly dockerAnswers: boolean;
  readonly online: boolean;
  /** Why no container may be started on this host now; undefined: they may. */
  readonly forbidden: string | undefined;
  /** Tasks with a step under way. */
  readonly busy: ReadonlySet<string>;
  readonly nowMs: number;
}

export interface Decision {
  /** The same object as in the input when nothing changed. */
  readonly tasks: Readonly<Record<string, TaskState>>;
  readonly steps: readonly Step[];
  /** When to decide again even if nothing happens. */
  readonly wakeAtMs: number | undefined;
}

interface Verdict {
  readonly state: TaskState;
  readonly step?: Step;
  readonly wakeAtMs?: number;
}

interface Situation {
  readonly task: string;
  readonly container: Container | undefined;
  readonly state: TaskState;
  readonly memory: HealthMemory | undefined;
  readonly nowMs: number;
}

/** SIGKILL is repeated after this long, should the container still be there. */
const KILL_AGAIN_MS = 5000;

export function decide(input: Input): Decision {
  if (!input.dockerAnswers) return { tasks: input.tasks, steps: [], wakeAtMs: undefined };
  const verdicts = [...assignedVerdicts(input), ...strayVerdicts(input)];
  const kept = verdicts.filter(([, verdict]) => verdict !== undefined);
  const tasks = Object.fromEntries(kept.map(([task, verdict]) => [task, verdict?.state ?? newTask]));
  const wakes = kept.map(([, verdict]) => verdict?.wakeAtMs ?? Infinity);
  const wakeAtMs = Math.min(...wakes);
  return {
    tasks: sameEntries(tasks, input.tasks) ? input.tasks : tasks,
    steps: kept.flatMap(([, verdict]) => verdict?.step ?? []),
    wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : undefined,
  };
}

/** Verdicts on the manifest's tasks. */
function assignedVerdicts(input: Input): [string, Verdict][] {
  return (input.manifest?.assignments ?? []).flatMap((assignment): [string, Verdict][] => {
    const task = assignment.task;
    const known = input.tasks[task] ?? newTask;
    const state = known.strayAtMs === undefined ? known : without(known, 'strayAtMs');
    const spec = input.manifest?.specs[assignment.spec];
    if (input.busy.has(task) || spec === undefined) return [[task, { state }]];
    const container = input.containers.get(task);
    const situation = { task, container, state, memory: input.health[task], nowMs: input.nowMs };
    return [[task, decideAssigned(situation, assignment, spec, input)]];
  });
}

/** A container that no manifest names is left alone for this long: two manifests and six lists later it is nobody's. */
export const STRAY_AGE_MS = 60_000;
const STRAY_WHY = 'no manifest has named it for a minute';
const strayMost = (all: number): number => Math.max(1, Math.floor(all / 10));

/** Verdicts on tasks that no manifest names; undefined: nothing is left of them, forget them. */
function strayVerdicts(input: Input): [string, Verdict | undefined][] {
  const assigned = new Set(input.manifest?.assignments.map((assignment) => assignment.task));
  const strays = [...new Set([...input.containers.keys(), ...Object.keys(input.tasks)])].filter(
    (task) => !assigned.has(task),
  );
  const ending = strays.filter(
    (task) => input.tasks[task]?.phase === 'stopping' && input.containers.has(task),
  );
  let room = strayMost(input.containers.size) - ending.length;
  return strays.map((task) => {
    const state = input.tasks[task];
    const container = input.containers.get(task);
    if (input.busy.has(task)) return [task, { state: state ?? newTask }];
    if (container === undefined) return [task, undefined];
    if (state?.phase !== 'stopping') {
      if (input.manifest === undefined || !input.online) return [task, state && { state }];
      const seen = sinceStray(state ?? newTask, input.nowMs);
      const dueAtMs = (seen.strayAtMs ?? input.nowMs) + STRAY_AGE_MS;
      if (dueAtMs > input.nowMs) return [task, { state: seen, wakeAtMs: dueAtMs }];
      if (room <= 0) return [task, { state: seen }];
      room -= 1;
    }
    const situation = { task, container, state: state ?? newTask, memory: undefined, nowMs: input.nowMs };
    return [task, because(decideStop(situation, container.stopGraceMs, input.online))];
  });
}

/** A time to come means that the clock was set back: counted anew. */
function sinceStray(state: TaskState, nowMs: number): TaskState {
  const known = state.strayAtMs !== undefined && state.strayAtMs <= nowMs;
  return known ? state : { ...state, strayAtMs: nowMs };
}

function because(verdict: Verdict): Verdict {
  const { step } = verdict;
  if (step?.kind !== 'signal' && step?.kind !== 'kill' && step?.kind !== 'remove') return verdict;
  return { ...verdict, step: { ...step, why: STRAY_WHY } };
}

function decideAssigned(
  situation: Situation,
  assignment: Assignment,
  spec: ContainerSpec,
  input: Input,
): Verdict {
  const begun = situation.state.phase === 'stopping';
  if (begun || (assignment.wanted === 'stop' && input.online))
    return decideStop(situation, spec.stopGraceMs, input.online);
  const drained = situation.state.phase === 'draining' || assignment.wanted !== 'run';
  if (drained) return decideDrain(situation, spec);
  return decideRun(situation, spec, input.forbidden);
}

function decideRun(situation: Situation, spec: ContainerSpec, forbidden: string | undefined): Verdict {
  const { task, container, nowMs } = situation;
  if (isFinal(situation.state.phase)) return { state: situation.state };
  if (container?.state === 'running') return decideRunning(situation, container, spec, forbidden);
  if (container?.state === 'removing') return { state: situation.state };
  if (container?.state === 'dead') return removal(situation, container);
  const state = seenDown(situation, spec);
  if (isFinal(state.phase)) return { state };
  if (forbidden !== undefined) return { state: { ...state, reason: reason('create-failed', forbidden) } };
  const waitMs = state.notBeforeMs - nowMs;
  // A wait longer than any back-off means that the clock was set back: it is not waited for.
  if (waitMs > 0 && waitMs <= BACK_OFF.longestMs) return { state, wakeAtMs: state.notBeforeMs };
  if (container === undefined && state.pull === 'needed') {
    const platform = spec.platform === undefined ? {} : { platform: spec.platform };
    return {
      state: { ...state, phase: advance(state.phase, 'pulling') },
      step: { kind: 'pull', task, image: spec.image, ...platform },
    };
  }
  return {
    state: { ...state, attempt: state.attempt + 1 },
    step: container === undefined ? { kind: 'launch', task } : { kind: 'start', task, id: container.id },
  };
}

/** Left alone; unless its liveness probe fails, and the container could be started again. */
function decideRunning(
  situation: Situation,
  container: Container,
  spec: ContainerSpec,
  forbidden: string | undefined,
): Verdict {
  const verdict = verdictOn(situation, container, spec);
  const state = seenRunning(situation, container, verdict);
  const why = state.restartFor ?? (forbidden === undefined ? verdict.restart : undefined);
  if (why === undefined) return { state };
  return decideEnd({ ...situation, state: { ...state, restartFor: why } }, container, spec.stopGraceMs);
}

const verdictOn = ({ memory, state }: Situation, container: Container, spec: ContainerSpec): TaskVerdict =>
  judge(container, { spec: spec.health, memory, wasHealthy: state.healthySinceMs !== undefined });

/** Out of DNS and about to go: it runs on, and is not brought back when it ends. */
function decideDrain(situation: Situation, spec: ContainerSpec): Verdict {
  const { state, container } = situation;
  if (isFinal(state.phase)) return { state };
  if (container?.state === 'running') {
    const seen = seenRunning(situation, container, verdictOn(situation, container, spec));
    return { state: { ...seen, phase: advance(state.phase, 'draining') } };
  }
  if (container?.state === 'exited')
    return { state: { ...ended(state, container), phase: 'stopped', reason: whyExited(container) } };
  return {
    state: {
      ...state,
      phase: 'stopped',
      reason: reason('stopped-as-wanted', 'Taken away while not running'),
    },
  };
}

/** Signal, grace, SIGKILL, removal; one step at a time. Only what has begun goes on offline. */
function decideStop(situation: Situation, graceMs: number, online: boolean): Verdict {
  const { container } = situation;
  const state: TaskState = { ...situation.state, phase: advance(situation.state.phase, 'stopping') };
  if (container === undefined) return { state: over(state) };
  if (container.state === 'removing') return { state };
  if (container.state !== 'running') return removal({ ...situation, state }, container);
  if (state.signalledAtMs === undefined && !online) return { state };
  return decideEnd({ ...situation, state }, container, graceMs);
}

/** The next step towards a running container's end. */
function decideEnd(situation: Situation, container: Container, graceMs: number): Verdict {
  const { task, state, nowMs } = situation;
  if (state.stopRetryMs !== undefined && nowMs < state.stopRetryMs)
    return { state, wakeAtMs: state.stopRetryMs };
  if (state.signalledAtMs === undefined) {
    return {
      state: { ...state, signalledAtMs: nowMs },
      step: { kind: 'signal', task, id: container.id, signal: container.stopSignal },
      wakeAtMs: nowMs + graceMs,
    };
  }
  const killAtMs =
    state.killedAtMs === undefined ? state.signalledAtMs + graceMs : state.killedAtMs + KILL_AGAIN_MS;
  if (nowMs < killAtMs) return { state, wakeAtMs: killAtMs };
  return {
    state: { ...state, killedAtMs: nowMs },
    step: { kind: 'kill', task, id: container.id },
    wakeAtMs: nowMs + KILL_AGAIN_MS,
  };
}

function removal(situation: Situation, container: Container): Verdict {
  const state = ended(situation.state, container);
  if (state.stopRetryMs !== undefined && situation.nowMs < state.stopRetryMs)
    return { state, wakeAtMs: state.stopRetryMs };
  return { state, step: { kind: 'remove', task: situation.task, id: container.id } };
}

/** Remembers what a running container shows. */
function seenRunning(
  { state: before, nowMs }: Situation,
  container: Container,
  verdict: TaskVerdict,
): TaskState {
  const healthy = verdict.health === 'healthy';
  const phase = advance(before.phase, 'running');
  const isKnown =
    phase === before.phase &&
    before.attempt >= 1 &&
    before.containerId === container.id &&
    healthy === (before.healthySinceMs !== undefined);
  if (isKnown) return forgiven(before, nowMs);
  const state: TaskState = {
    ...(healthy ? before : without(before, 'healthySinceMs')),
    phase,
    attempt: Math.max(before.attempt, 1),
    containerId: container.id,
    ...(healthy ? { healthySinceMs: before.healthySinceMs ?? nowMs } : {}),
  };
  return forgiven(state, nowMs);
}

/** Remembers that a task that should run has no running container, and counts why. */
function seenDown(situation: Situation, spec: ContainerSpec): TaskState {
  const { state, container, nowMs } = situation;
  if (container === undefined)
    return state.containerId === undefined ? state : countGone(state, spec.restart, nowMs);
  const known: TaskState = { ...state, containerId: container.id };
  return container.state === 'exited' ? countExit(known, container, spec.restart, nowMs) : known;
}

const ended = (state: TaskState, container: Container): TaskState =>
  container.state === 'exited' ? { ...state, exitCode: container.exitCode } : state;

/** Nothing is left of the container: the task is over. A task that failed before stays failed. */
function over(state: TaskState): TaskState {
  const rest = without(state, 'containerId');
  if (isFinal(state.phase)) return rest;
  const how = state.killedAtMs === undefined ? 'Stopped' : 'Killed when its grace period was over';
  return { ...rest, phase: 'stopped', reason: reason('stopped-as-wanted', how) };
}

function sameEntries(a: Record<string, TaskState>, b: Readonly<Record<string, TaskState>>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => a[key] === b[key] || isDeepStrictEqual(a[key], b[key]))
  );
}
