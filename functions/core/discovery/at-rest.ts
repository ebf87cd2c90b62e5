/**
 * Names of which a look found that nothing is to be done. As long as the same is wanted of the same tasks only time can
 * change that, by what is to be forgotten; most looks find most names so.
 */
import type { DirectoryName } from '../model/directory.ts';
import type { DirectoryPlan } from './plan-directory.ts';
import type { TaskView } from '../rollout/task-view.ts';
import { isSameList } from '../same-list.ts';
import type { WantedName } from './wanted-records.ts';

export interface Look {
  readonly wanted: WantedName | undefined;
  readonly tasks: readonly TaskView[];
  /** See `DirectoryHead`. */
  readonly unsure: boolean;
  readonly zone: string;
}

const known = new WeakMap<DirectoryName, { readonly look: Look; readonly untilMs: number }>();

export function isAtRest(name: DirectoryName, look: Look, nowMs: number): boolean {
  const rest = known.get(name);
  return (
    rest !== undefined &&
    nowMs <= rest.untilMs &&
    rest.look.wanted === look.wanted &&
    rest.look.tasks === look.tasks &&
    rest.look.unsure === look.unsure &&
    rest.look.zone === look.zone
  );
}

/** `keptMs`: how long what left is remembered. */
export function noteRest(name: DirectoryName, look: Look, keptMs: number): void {
  known.set(name, { look, untilMs: forgottenAtMs(name, keptMs) });
}

function forgottenAtMs({ tasks }: DirectoryName, keptMs: number): number {
  let earliestMs = Infinity;
  for (const { outAtMs } of Object.values(tasks))
    earliestMs = Math.min(earliestMs, (outAtMs ?? Infinity) + keptMs);
  return earliestMs;
}

interface RestingPlan {
  readonly rows: readonly unknown[];
  readonly plan: DirectoryPlan;
  readonly untilMs: number;
}

/** By the names: the last plan that had nothing to do, for stores that hand out the same rows as long as they are the same. */
const plans = new WeakMap<readonly DirectoryName[], RestingPlan>();

/** @param rows all that a plan depends on, but for the names */
export function restingPlan(
  names: readonly DirectoryName[],
  rows: readonly unknown[],
  nowMs: number,
): DirectoryPlan | undefined {
  const rest = plans.get(names);
  if (rest === undefined || nowMs > rest.untilMs) return undefined;
  return isSameList(rest.rows, rows) ? rest.plan : undefined;
}

export function noteRestingPlan(
  names: readonly DirectoryName[],
  rows: readonly unknown[],
  plan: DirectoryPlan,
  keptMs: number,
): void {
  plans.set(names, {
    rows,
    plan,
    untilMs: Math.min(Infinity, ...names.map((name) => forgottenAtMs(name, keptMs))),
  });
}
