/**
 * Which tasks may leave for one of higher priority, and of how many services' replicas how many.
 *
 * A victim is a settled task of the wanted revision on a host that stays: nothing replaces it, it has had its time, and
 * nobody protects it. What of a service is missing already - a deploy, a drain, a lost host, an earlier preemption - counts
 * against its disruption budget, as does each victim that serves.
 */
import { serviceKey, type TaskId } from '../model/ids.ts';
import { DEFAULT_DISRUPTION_BUDGET, NO_RULES } from '../model/placement.ts';
import type { Assignment } from '../model/task.ts';
import type { ServiceStep } from '../rollout/decide-service.ts';
import { isLeaving } from '../rollout/moves.ts';
import { protectionOf } from '../rollout/protection.ts';
import type { ServiceTarget } from '../rollout/targets.ts';
import { isLive, isServing, type TaskView } from '../rollout/task-view.ts';

/** So long a task runs before it may be taken away again: what is taken in turns would serve nobody. */
export const VICTIM_AGE_MS = 60_000;

export interface Victim {
  readonly assignment: Assignment;
  /** Of its service now, whatever it was when the task was placed. */
  readonly priority: number;
  readonly serves: boolean;
  /** `shop/web` */
  readonly service: string;
}

export interface Victims {
  /** By host, those that rather go first. */
  readonly byHost: ReadonlyMap<string, readonly Victim[]>;
  /** By service: how many that serve may still go. Not in it: none at all may. */
  readonly budgets: ReadonlyMap<string, number>;
}

export interface ServiceTasks {
  readonly stack: string;
  readonly service: string;
  /** Null: it is to go, and its tasks leave anyway. */
  readonly target: ServiceTarget | null;
  readonly tasks: readonly TaskView[];
  readonly step: ServiceStep;
}

export function findVictims(
  services: readonly ServiceTasks[],
  { selfProtected, nowMs }: { readonly selfProtected: ReadonlySet<TaskId>; readonly nowMs: number },
): Victims {
  const budgets = new Map<string, number>();
  const victims: (Victim & { readonly host: string })[] = [];
  for (const one of services) {
    const { target } = one;
    if (target === null) continue;
    const rules = target.spec.placement ?? NO_RULES;
    const staying = stayingTasks(one);
    const serving = new Set(staying.filter(isServing).map(({ assignment }) => assignment.slot)).size;
    const budget = rules.disruptionBudget ?? DEFAULT_DISRUPTION_BUDGET;
    const left = budget - Math.max(0, target.replicas - serving);
    if (budget === 0 || left < 0) continue;
    const service = serviceKey(one.stack, one.service);
    budgets.set(service, left);
    const protection = protectionOf(target.spec, selfProtected);
    const liveOf = Map.groupBy(one.tasks.filter(isLive), ({ assignment }) => assignment.slot);
    for (const task of staying) {
      const { assignment } = task;
      const isAlone = liveOf.get(assignment.slot)?.length === 1;
      if (!isAlone || !isSettled(task, one, target.digest, nowMs) || protection(task) !== null) continue;
      const { priority } = rules;
      victims.push({ assignment, priority, serves: isServing(task), service, host: task.host.id });
    }
  }
  return { byHost: Map.groupBy(victims.sort(firstToGo), ({ host }) => host), budgets };
}

/** Tasks that are to run on after this pass, where they are. */
function stayingTasks({ tasks, step }: ServiceTasks): TaskView[] {
  const going = new Set([...step.drain, ...step.giveUp].map(({ task }) => task.assignment.task));
  return tasks.filter((task) => isLive(task) && !isLeaving(task) && !going.has(task.assignment.task));
}

/** It has had its time, and nothing is about to take its place. */
function isSettled(
  { assignment, host }: TaskView,
  { step }: ServiceTasks,
  digest: string,
  nowMs: number,
): boolean {
  return (
    host.state === 'ready' &&
    assignment.digest === digest &&
    !step.place.includes(assignment.slot) &&
    nowMs - assignment.createdAtMs >= VICTIM_AGE_MS
  );
}

/** The lowest priority, then what does not serve, then the newest, then the smallest. */
const firstToGo = (a: Victim, b: Victim): number =>
  a.priority - b.priority ||
  Number(a.serves) - Number(b.serves) ||
  b.assignment.createdAtMs - a.assignment.createdAtMs ||
  a.assignment.memoryBytes - b.assignment.memoryBytes ||
  a.assignment.cpuMillis - b.assignment.cpuMillis ||
  (a.assignment.task < b.assignment.task ? -1 : 1);
