/**
 * How a service's deploy stands, with the reason that its user reads while waiting.
 *
 * The progress clock starts afresh with every change of revision, and whenever more replicas run or are healthy than
 * before: those that crash and come back, again and again, are none. Waiting for a host
 * is told as such, and never as unhealthy; past the deadline it fails as "no room", and goes on if room comes.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import { replicaName } from '../model/ids.ts';
import type { RolloutState, ServiceState, SlotMemory } from '../model/stack.ts';
import { waitingWords } from '../scheduling/rooms.ts';
import { FAILURES_MAX, gateOf, isOneTry } from './decide-service.ts';
import { onePerSlot } from './one-per-slot.ts';
import type { Slots } from './choose-slots.ts';
import type { ServiceTarget } from './targets.ts';
import { counts, isComplete, isServing, type TaskView } from './task-view.ts';

export interface StatusInput {
  readonly stack: string;
  readonly service: string;
  readonly target: ServiceTarget;
  readonly previous: ServiceState | null;
  readonly tasks: readonly TaskView[];
  /** Slots that got a task in this pass, with its host. */
  readonly placed: ReadonlyMap<number, string>;
  /** Slots that found no host in this pass, with the explanation. */
  readonly waiting: ReadonlyMap<number, string>;
  readonly slots: Readonly<Record<string, SlotMemory>>;
  readonly passedOver: Slots['passedOver'];
}

export function serviceStatus(input: StatusInput, settings: ClusterSettings, nowMs: number): ServiceState {
  const { target, previous, service } = input;
  // Of a replica that moves to another host one task counts: else three replicas would be four for a while.
  const current = onePerSlot(
    input.tasks.filter(
      (task) =>
        task.assignment.digest === target.digest && task.assignment.wanted === 'run' && task.phase !== 'lost',
    ),
  );
  const running = current.filter((task) => task.phase === 'running').length;
  const healthy = current.filter((task) => isServing(task) || isComplete(task)).length;
  const same = previous?.digest === target.digest && previous.replicas === target.replicas;
  const { progressAtMs, reached } = progress(same ? previous : null, { running, healthy }, nowMs);
  const gateMs = gateOf(target);
  const done = (task: TaskView): boolean => counts(task, gateMs, nowMs) || isComplete(task);
  // A gate is no standstill.
  const deadlineMs = settings.progressDeadlineMs + gateMs;
  const verdict = judge(input, {
    current,
    done,
    overdue: nowMs - progressAtMs > deadlineMs,
    deadlineMs,
  });
  return {
    stack: input.stack,
    service,
    revision: target.revision,
    digest: target.digest,
    replicas: target.replicas,
    ...scalingOf(target),
    ...verdict,
    progressAtMs,
    reached,
    running,
    healthy,
    slots: withWaiting(input.slots, input.waiting),
    version: previous?.version ?? 0,
  };
}

function scalingOf({ replicas, scaling: { by, bounds } }: ServiceTarget): Pick<ServiceState, 'scaling'> {
  if (by === 'document') return {};
  return { scaling: { by, min: bounds?.min ?? replicas, max: bounds?.max ?? replicas } };
}

/** The progress clock, and how far it has come. `previous` is null for another revision. */
function progress(
  previous: ServiceState | null,
  now: { readonly running: number; readonly healthy: number },
  nowMs: number,
): { progressAtMs: number; reached: number } {
  const reached = now.running + now.healthy;
  if (previous === null) return { progressAtMs: nowMs, reached };
  const before = previous.reached ?? previous.running + previous.healthy;
  const changed = previous.running !== now.running || previous.healthy !== now.healthy;
  const moved = previous.state === 'converged' ? changed : reached > before;
  return moved
    ? { progressAtMs: nowMs, reached }
    : { progressAtMs: previous.progressAtMs, reached: Math.max(before, reached) };
}

interface Standing {
  /** Tasks of the wanted digest. */
  readonly current: readonly TaskView[];
  readonly done: (task: TaskView) => boolean;
  readonly overdue: boolean;
  readonly deadlineMs: number;
}

function judge(input: StatusInput, standing: Standing): { state: RolloutState; reason: string } {
  const { target, service, slots } = input;
  const { current } = standing;
  const healthy = current.filter(standing.done).length;
  const wanted = target.replicas;
  const older = input.tasks.some(
    (task) =>
      task.assignment.digest !== target.digest && task.assignment.wanted === 'run' && task.phase !== 'lost',
  );
  if (healthy >= wanted && !older)
    return { state: 'converged', reason: `${healthy} of ${wanted} replicas healthy${kept(input)}` };
  const why = whyNot(input, standing);
  const broken = Object.entries(slots).find(([, memory]) => memory.failures >= FAILURES_MAX);
  if (broken) {
    const [slot, memory] = broken;
    return {
      state: 'failed',
      reason: `${replicaName(service, Number(slot))} failed ${memory.failures} times: ${memory.reason}`,
    };
  }
  // With `always` a failed task is replaced; with `no` and `on-failure` it was the only try.
  const given = isOneTry(target) ? current.find((task) => task.phase === 'failed') : undefined;
  if (given)
    return {
      state: 'failed',
      reason: `${replicaName(service, given.assignment.slot)} failed: ${given.message}`,
    };
  if (standing.overdue) {
    // Not for how long: a reason that changed with each pass would be written with each pass.
    return {
      state: 'failed',
      reason: `no progress within ${Math.round(standing.deadlineMs / 1000)} s; ${why}`,
    };
  }
  return { state: 'progressing', reason: `${healthy} of ${wanted} replicas healthy; ${why}` };
}

/** Those that are more than are wanted, and why they stay. */
function kept({ service, passedOver }: StatusInput): string {
  if (passedOver.length === 0) return '';
  const [first] = passedOver;
  const names = passedOver.map(({ slot }) => replicaName(service, slot)).join(', ');
  return `; ${names} ${passedOver.length === 1 ? 'stays' : 'stay'}: ${first?.reason ?? ''}`;
}

function whyNot(input: StatusInput, { current, done }: Standing): string {
  const waiting = [...input.waiting][0];
  if (waiting) return waitingWords(waiting[1], replicaName(input.service, waiting[0]));
  const task = current.find((one) => !done(one));
  if (task && isServing(task)) {
    const name = replicaName(input.service, task.assignment.slot);
    const seconds = gateOf(input.target) / 1000;
    return `${name} on ${task.host.id} is healthy, and counts after ${seconds} s without a break (deployGate)`;
  }
  if (task) {
    const state = task.phase === 'running' ? `health is ${task.health}` : task.phase;
    const words = task.message === '' ? '' : ` (${task.message})`;
    return `${replicaName(input.service, task.assignment.slot)} on ${task.host.id}: ${state}${words}`;
  }
  const placed = [...input.placed][0];
  if (placed) return `${replicaName(input.service, placed[0])} goes to ${placed[1]}`;
  const held = Object.entries(input.slots).find(([, memory]) => memory.failures > 0);
  if (held)
    return `${replicaName(input.service, Number(held[0]))} is tried again after a pause: ${held[1].reason}`;
  return 'replacing older tasks';
}

function withWaiting(
  slots: Readonly<Record<string, SlotMemory>>,
  waiting: ReadonlyMap<number, string>,
): Record<string, SlotMemory> {
  const all: Record<string, SlotMemory> = {};
  for (const [slot, memory] of Object.entries(slots)) if (memory.failures > 0) all[slot] = memory;
  for (const [slot, reason] of waiting) {
    all[slot] = { failures: 0, retryAtMs: 0, ...slots[slot], reason };
  }
  return all;
}
