/**
 * Services of which a pass found that nothing is to be done, nor will be by time alone: converged, every task serving, no
 * failure remembered, nothing on its way. As long as the same tasks are there, and the same is wanted, so it stays; most
 * passes find most services so.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import type { ServiceState } from '../model/stack.ts';
import { isDeepEqual } from '../deep-equal.ts';
import { gateOf, type ServiceStep } from './decide-service.ts';
import { isLeaving } from './moves.ts';
import type { ServiceTarget } from './targets.ts';
import { isServing, type TaskView } from './task-view.ts';

export interface Known {
  readonly tasks: readonly TaskView[];
  readonly target: ServiceTarget | null;
  readonly state: ServiceState | null;
  readonly settings: ClusterSettings;
}

export const REST: ServiceStep = {
  drain: [],
  giveUp: [],
  place: [],
  slots: {},
  passedOver: [],
  wakeAtMs: null,
};

const known = new WeakMap<readonly TaskView[], Known>();

export function isAtRest({ tasks, target, state, settings }: Known): boolean {
  const rest = known.get(tasks);
  if (rest?.state !== state || rest.settings !== settings) return false;
  return rest.target !== null && target !== null && asksTheSame(rest.target, target);
}

/** Targets are made anew with each pass, from revisions that stay the same and a number that may move. */
const asksTheSame = (one: ServiceTarget, other: ServiceTarget): boolean =>
  one.spec === other.spec &&
  one.digest === other.digest &&
  one.revision === other.revision &&
  one.replicas === other.replicas;

/** What was decided, and how the service then stands. */
export interface Outcome extends Known {
  readonly step: ServiceStep;
  readonly status: ServiceState | null;
}

export function noteRest({ tasks, target, state, settings, step, status }: Outcome): void {
  if (target === null || state?.state !== 'converged' || gateOf(target) > 0) return;
  if (!isDeepEqual(step, REST) || !isDeepEqual(status, state)) return;
  const isFixed = ({ assignment }: TaskView): boolean =>
    assignment.wanted === 'run' &&
    assignment.digest === target.digest &&
    assignment.revision === target.revision;
  if (tasks.every((task) => isServing(task) && !isLeaving(task) && isFixed(task)))
    known.set(tasks, { tasks, target, state, settings });
}
