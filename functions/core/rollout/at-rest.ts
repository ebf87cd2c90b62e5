/**
 * Services of which a pass found that nothing is to be done, nor will be by time alone: converged, every task serving, no
 * failure remembered, nothing on its way. As long as the same tasks are there, and the same is wanted, so it stays; most
 * passes find most services so.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import type { ServiceState } from '../model/stack.ts';
import { isDeepEqual } from '../deep-equal.ts';
import { gateOf, type ServiceStep, type ServiceTarget } from './decide-service.ts';
import { isLeaving } from './moves.ts';
import { isServing, type TaskView } from './task-view.ts';

export interface Known {
  readonly tasks: readonly TaskView[];
  readonly target: ServiceTarget | null;
  readonly state: ServiceState | null;
  readonly settings: ClusterSettings;
}

export const REST: ServiceStep = { drain: [], giveUp: [], place: [], slots: {}, wakeAtMs: null };

const known = new WeakMap<readonly TaskView[], Known>();

export function isAtRest({ tasks, target, state, settings }: Known): boolean {
  const rest = known.get(tasks);
  return rest !== undefined && rest.target === target && rest.state === state && rest.settings === settings;
}

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
