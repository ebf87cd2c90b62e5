/**
 * The next step of one service: which tasks are superfluous, which slots need one, and how its deploy stands.
 *
 *   slot has            | then
 *   --------------------|-------------------------------------------------------------------
 *   nothing live        | place one (after the back-off of what failed before)
 *   the wanted digest   | keep; once it serves and its deploy gate is over, drain older tasks of the slot (start-first)
 *   an older digest     | replace it, one slot of the service at a time
 *   too much            | drain, see `choose-slots.ts`
 *   a host that leaves  | moved: see `moves.ts`
 *
 * Strategies (surge, rollback, canary) are not here yet. Replicas are replaced one by one, and an old task that serves
 * is never taken away before its replacement serves.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import type { TaskId } from '../model/ids.ts';
import type { ServiceState, SlotMemory } from '../model/stack.ts';
import { chooseSlots, type Slots } from './choose-slots.ts';
import { isLeaving, moveTasks } from './moves.ts';
import { byPreference } from './one-per-slot.ts';
import { protectionOf } from './protection.ts';
import type { ServiceTarget } from './targets.ts';
import { counts, countsAtMs, isComplete, isLive, isServing, type TaskView } from './task-view.ts';

/** Tasks of one slot failing in a row before the deploy is called failed. Retries go on, with back-off. */
export const FAILURES_MAX = 3;

export interface ServiceStep {
  /** Leave DNS, then stop. */
  readonly drain: readonly { readonly task: TaskView; readonly reason: string }[];
  /** Failed for good: have the agent clean up. */
  readonly giveUp: readonly { readonly task: TaskView; readonly reason: string }[];
  readonly place: readonly number[];
  readonly slots: Readonly<Record<string, SlotMemory>>;
  /** Replicas that are more than are wanted, and stay. */
  readonly passedOver: Slots['passedOver'];
  /** Earliest end of a back-off, of a deploy gate, or of a host. */
  readonly wakeAtMs: number | null;
}

export const gateOf = ({ spec }: ServiceTarget): number => spec.health?.deployGateMs ?? 0;

/** 10 s doubling to 5 min between tasks of a slot (Marathon backs off to 5 min, Nomad from 30 s to 1 h). */
export const retryDelayMs = (failures: number): number =>
  Math.min(10_000 * 2 ** Math.max(0, failures - 1), 300_000);

export interface ServiceNow {
  readonly settings: ClusterSettings;
  /** Tasks that asked not to be taken away. */
  readonly selfProtected: ReadonlySet<TaskId>;
  readonly nowMs: number;
}

/** `target`: null: the service shall go. */
export function decideService(
  target: ServiceTarget | null,
  state: ServiceState | null,
  tasks: readonly TaskView[],
  { settings, selfProtected, nowMs }: ServiceNow,
): ServiceStep {
  const live = tasks.filter((task) => isLive(task) || isComplete(task));
  if (target === null) {
    const drain = live.map((task) => ({ task, reason: 'the service is not in the stack any more' }));
    return { drain, giveUp: failedTasks(tasks, null), place: [], slots: {}, passedOver: [], wakeAtMs: null };
  }
  const giveUp = failedTasks(tasks, target);
  const memory = remember(target, state, giveUp, nowMs);
  const protection = protectionOf(target.spec, selfProtected);
  const chosen = chooseSlots({ replicas: target.replicas, tasks, memory, protection });
  const { wanted, passedOver } = chosen;
  const slots = Object.fromEntries(Object.entries(memory).filter(([slot]) => wanted.includes(Number(slot))));
  const liveBySlot = Map.groupBy(live, (task) => task.assignment.slot);
  const bySlot = (slot: number): readonly TaskView[] => liveBySlot.get(slot) ?? [];
  const kept = tasks.filter((task) => keepsFailed(task, target)).map((task) => task.assignment.slot);

  const empty = wanted.filter((slot) => bySlot(slot).length === 0 && !kept.includes(slot));
  const due = empty.filter((slot) => (slots[slot]?.retryAtMs ?? 0) <= nowMs);
  const waits = empty.map((slot) => slots[slot]?.retryAtMs ?? 0);
  // Those of the wanted digest that have to move are none of the rollout's business.
  const rolled = wanted.map((slot) =>
    bySlot(slot).filter((task) => !isLeaving(task) || task.assignment.digest !== target.digest),
  );
  const replace = hasFailed(target, state, slots, kept)
    ? null
    : nextReplacement(rolled, target, slots, nowMs);
  const moves = moveTasks(wanted.map(bySlot), {
    digest: target.digest,
    settings,
    memory: slots,
    taken: replace !== null,
    nowMs,
  });
  const gates = live
    .filter((task) => task.assignment.digest === target.digest && isServing(task))
    .map((task) => countsAtMs(task, gateOf(target)));
  const wakes = [...waits, ...gates, moves.wakeAtMs ?? 0].filter((at) => at > nowMs);
  return {
    drain: [
      ...surplus(chosen, bySlot, target),
      ...rolled.flatMap((tasks) => superseded(tasks, target, nowMs)),
      ...moves.drain,
    ],
    giveUp,
    place: [...new Set([...due, ...(replace === null ? [] : [replace]), ...moves.place])],
    slots,
    passedOver,
    wakeAtMs: wakes.length === 0 ? null : Math.min(...wakes),
  };
}

/** Failed tasks to clean up. With `restart: no` a failed task stays, as the file wants no other try. */
function failedTasks(tasks: readonly TaskView[], target: ServiceTarget | null): ServiceStep['giveUp'] {
  return (
    tasks
      .filter(
        (task) => task.assignment.wanted === 'run' && (task.phase === 'failed' || task.phase === 'lost'),
      )
      // A lost host may come back: what it still runs is then kept or drained, whichever is better. Until then it is
      // replaced like one that is gone.
      .filter((task) => target === null || task.phase !== 'lost')
      .filter((task) => target === null || !keepsFailed(task, target))
      .map((task) => ({ task, reason: task.message || `it is ${task.phase}` }))
  );
}

/** The file wants no other task after one has failed; the agent's own restarts (`on-failure`) are part of the one try. */
export const isOneTry = ({ spec }: ServiceTarget): boolean =>
  spec.restart.policy === 'no' || spec.restart.policy === 'on-failure';

function keepsFailed(task: TaskView, target: ServiceTarget): boolean {
  return (
    isOneTry(target) &&
    task.phase === 'failed' &&
    task.assignment.wanted === 'run' &&
    task.assignment.digest === target.digest
  );
}

function remember(
  target: ServiceTarget,
  state: ServiceState | null,
  failed: ServiceStep['giveUp'],
  nowMs: number,
): Record<string, SlotMemory> {
  const slots: Record<string, SlotMemory> = state?.digest === target.digest ? { ...state.slots } : {};
  for (const { task, reason } of failed) {
    const { slot, digest } = task.assignment;
    if (digest !== target.digest) continue;
    const failures = (slots[slot]?.failures ?? 0) + 1;
    slots[slot] = { failures, retryAtMs: nowMs + retryDelayMs(failures), reason, host: task.host.id };
  }
  return slots;
}

function surplus(
  { surplus: numbers }: Slots,
  bySlot: (slot: number) => readonly TaskView[],
  { replicas }: ServiceTarget,
): ServiceStep['drain'] {
  const reason = `${replicas} replicas are wanted; the newest go first`;
  return numbers.flatMap((slot) => bySlot(slot).map((task) => ({ task, reason })));
}

/**
 * Tasks of a slot that a serving one of the wanted digest replaces, doubles of the wanted digest, and what an overtaken
 * deploy left: of several older tasks one stays until it is replaced, best one that serves.
 */
function superseded(slot: readonly TaskView[], target: ServiceTarget, nowMs: number): ServiceStep['drain'] {
  if (slot.length < 2) return [];
  const current = slot.filter((task) => task.assignment.digest === target.digest).sort(byPreference);
  const older = slot.filter((task) => task.assignment.digest !== target.digest).sort(byPreference);
  const doubles = current.slice(1).map((task) => ({ task, reason: 'a second task of the same replica' }));
  const first = current[0];
  if (first !== undefined && (counts(first, gateOf(target), nowMs) || isComplete(first))) {
    const reason = `replaced by ${first.assignment.task}, which is healthy`;
    return [...doubles, ...older.map((task) => ({ task, reason }))];
  }
  const kept = older.find(isServing) ?? older[0];
  const reason = 'a newer revision overtook it before it replaced anything';
  return [...doubles, ...older.filter((task) => task !== kept).map((task) => ({ task, reason }))];
}

/**
 * The new revision itself was found wanting, so it goes no further. A deploy that only made no progress in time (hosts were
 * cut off, there was no room) goes on as soon as it can.
 */
function hasFailed(
  target: ServiceTarget,
  state: ServiceState | null,
  memory: Readonly<Record<string, SlotMemory>>,
  keptFailed: readonly number[],
): boolean {
  const isCalledFailed = state?.digest === target.digest && state.state === 'failed';
  const isBroken = Object.values(memory).some(({ failures }) => failures >= FAILURES_MAX);
  return isCalledFailed && (isBroken || keptFailed.length > 0);
}

/** The slot whose older task is replaced next, or null: one at a time, none while a new one has yet to serve. */
function nextReplacement(
  slots: readonly (readonly TaskView[])[],
  target: ServiceTarget,
  memory: Readonly<Record<string, SlotMemory>>,
  nowMs: number,
): number | null {
  const isCurrent = (task: TaskView): boolean => task.assignment.digest === target.digest;
  const inFlight = slots.some((tasks) =>
    tasks.some((task) => isCurrent(task) && !counts(task, gateOf(target), nowMs) && !isComplete(task)),
  );
  if (inFlight) return null;
  const old = slots.find((tasks) => tasks.length > 0 && !tasks.some(isCurrent))?.[0];
  if (old === undefined) return null;
  return (memory[old.assignment.slot]?.retryAtMs ?? 0) <= nowMs ? old.assignment.slot : null;
}
