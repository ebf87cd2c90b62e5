/** Between which numbers a service may be: bounds set by hand, else those of the schedule that holds, else the document's. */
import type { AutoscaleSpec } from '../model/autoscale.ts';
import { describeSchedule, scheduleAt } from './schedule.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
  /** Who says so, for reasons: `set by hand`. */
  readonly by: string;
}

/**
 * A service that may have replicas has one at least: without any, nothing is measured, and load could not bring it back.
 * Only a max of 0 takes the last one.
 */
export function boundsAt(
  spec: AutoscaleSpec,
  manual: { readonly min: number; readonly max: number } | null,
  nowMs: number,
): Bounds {
  const schedule = manual === null ? scheduleAt(spec.schedules, nowMs) : undefined;
  const { min, max } = manual ?? schedule ?? spec;
  const by = manual ? 'set by hand' : schedule ? `by ${describeSchedule(schedule)}` : 'by the document';
  return { min: Math.min(Math.max(min, 1), max), max, by };
}
