/**
 * Tasks on hosts that are emptied move start-first: a replacement elsewhere, and only when it serves the old one leaves
 * DNS. One of a service at a time, so that a drain surges by no more than a deploy does. Where neither serves, the wait
 * ends at the progress deadline: a service that is broken anyway holds up no drain.
 *
 * A host that goes at a known time (a spot notice) gives no time for turns: all its tasks are replaced at once, and those
 * whose replacement does not serve in time leave DNS before the host ends, not with it.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import type { SlotMemory } from '../model/stack.ts';
import { byPreference } from './one-per-slot.ts';
import { isComplete, isServing, type TaskView } from './task-view.ts';

export interface Moves {
  readonly place: readonly number[];
  readonly drain: readonly { readonly task: TaskView; readonly reason: string }[];
  /** When the next task has to go, replaced or not. */
  readonly wakeAtMs: number | null;
}

/** Containers get their stop signal no later than this before their host ends (reliability.md, row 33). */
export const STOP_BEFORE_END_MS = 30_000;
/** For Route 53 to tell all its servers; AWS names 60 s as the usual bound, and most changes take a few. */
const PROPAGATION_MS = 10_000;

export const isLeaving = (task: TaskView): boolean => task.host.drain !== null;

/** From when a task leaves DNS even if nothing takes its place; Infinity: never. */
export function evictAtMs({ host }: TaskView, { dnsTtlSeconds }: ClusterSettings): number {
  const byMs = host.drain?.byMs ?? null;
  return byMs === null ? Infinity : byMs - STOP_BEFORE_END_MS - PROPAGATION_MS - dnsTtlSeconds * 1000;
}

interface Service {
  readonly digest: string;
  readonly settings: ClusterSettings;
  readonly memory: Readonly<Record<string, SlotMemory>>;
  /** The rollout replaces an older task in this pass: that is the one turn. */
  readonly taken: boolean;
  readonly nowMs: number;
}

const NO_MOVES: Moves = { place: [], drain: [], wakeAtMs: null };

/** `slots`: the live tasks of each wanted slot. */
export function moveTasks(slots: readonly (readonly TaskView[])[], service: Service): Moves {
  if (!slots.some((tasks) => tasks.some(isLeaving))) return NO_MOVES;
  const { settings, memory, nowMs } = service;
  const isCurrent = (task: TaskView): boolean => task.assignment.digest === service.digest;
  const isReady = (task: TaskView): boolean => isServing(task) || isComplete(task);
  const successor = (tasks: readonly TaskView[]): TaskView | undefined =>
    tasks.filter((task) => isCurrent(task) && !isLeaving(task)).sort(byPreference)[0];
  const movers = (tasks: readonly TaskView[]): TaskView[] =>
    tasks.filter((task) => isCurrent(task) && isLeaving(task)).sort(byPreference);

  const due = slots.flatMap((tasks) => {
    const [first] = movers(tasks);
    if (first === undefined || successor(tasks) !== undefined) return [];
    return (memory[first.assignment.slot]?.retryAtMs ?? 0) <= nowMs ? [first] : [];
  });
  const urgent = due.filter(({ host }) => host.drain?.byMs !== null);
  const inFlight = slots.some(
    (tasks) => tasks.length > 1 && tasks.some((one) => isCurrent(one) && !isLeaving(one) && !isReady(one)),
  );
  const turn = inFlight || service.taken || urgent.length > 0 ? [] : due.slice(0, 1);

  /** When an old task that does not serve either is not worth waiting for any more. */
  const stuckAtMs = (task: TaskView, next: TaskView | undefined): number =>
    next === undefined || isReady(task) ? Infinity : next.assignment.wantedAtMs + settings.progressDeadlineMs;

  const ends = slots.flatMap((tasks) =>
    tasks.filter(isLeaving).flatMap((task) => [evictAtMs(task, settings), stuckAtMs(task, successor(tasks))]),
  );
  return {
    place: [...urgent, ...turn].map((task) => task.assignment.slot),
    drain: slots.flatMap((tasks) => {
      const next = successor(tasks);
      const served = next !== undefined && isReady(next);
      return tasks.filter(isLeaving).flatMap((task) => {
        if (served && isCurrent(task)) return [{ task, reason: `${next.assignment.task} took its place` }];
        if (evictAtMs(task, settings) <= nowMs)
          return [{ task, reason: `its host ends soon (${task.host.drain?.reason ?? ''})` }];
        if (stuckAtMs(task, next) <= nowMs)
          return [{ task, reason: 'neither it nor its replacement serves, and its host is emptied' }];
        const isDouble = isCurrent(task) && movers(tasks)[0] !== task;
        return isDouble ? [{ task, reason: 'a second task of the same replica' }] : [];
      });
    }),
    wakeAtMs: earliest(ends.filter((at) => at > nowMs)),
  };
}

function earliest(times: readonly number[]): number | null {
  const first = Math.min(...times);
  return Number.isFinite(first) ? first : null;
}
