/**
 * How many replicas a service has: bodies of the operators' routes below `/v1/stacks/{stack}/services/{service}`.
 *
 *   PUT    .../scale                    ScaleRequest -> ServiceScaling; bounds by hand, until they are taken back
 *   DELETE .../scale                    -> ServiceScaling; the document's count again
 *   GET    .../autoscale                -> AutoscaleStatus
 *   GET    .../autoscale/timeline?since=   -> ScaleTimeline, oldest first
 */
import * as z from 'zod';
import { autoscaleSpec, AUTOSCALE_LIMITS, percentBase } from './autoscale-spec.ts';
import { bounds } from './rules/autoscale.ts';
import { obeys } from './rules/rule.ts';

const replicas = z.int().min(0).max(AUTOSCALE_LIMITS.replicasMax);

/** For a service without autoscaling `min` and `max` are the same number. */
export const scaleRequest = z.strictObject({ min: replicas, max: replicas }).check(obeys(bounds));

export const scalingBy = z.enum(['document', 'hand', 'autoscaler']);

export const serviceScaling = z.object({
  stack: z.string(),
  service: z.string(),
  /** Who decides about the number, within the bounds. */
  by: scalingBy,
  replicas: z.int(),
  min: z.int(),
  max: z.int(),
  /** Who set the bounds: `set by hand`, `by the document`, `by the schedule ...`. */
  boundsBy: z.string(),
  /** The document's own number. */
  documentReplicas: z.int(),
});

const direction = z.enum(['out', 'in', 'hold']);
const targetLoad = z.object({
  /** `cpu`, `memory`, or the metric's name. */
  target: z.string(),
  /** Percent, or the metric's value; null: nothing was told. */
  load: z.number().nullable(),
  aim: z.number(),
});

export const autoscaleStatus = serviceScaling.extend({
  /** Null: it is not autoscaled. */
  spec: autoscaleSpec.nullable(),
  /** Bounds set by hand, and by whom. */
  manual: z.object({ min: z.int(), max: z.int(), by: z.string(), at: z.iso.datetime() }).nullable(),
  running: z.int(),
  healthy: z.int(),
  /** What the loads of this moment ask for, before windows, pauses, steps and bounds; null: it is not autoscaled. */
  proposed: z.int().nullable(),
  /** What a look now decides, and why: what would have to happen for another number. */
  direction,
  reason: z.string(),
  /** When a window or a pause that holds it ends. */
  heldUntil: z.iso.datetime().nullable(),
  lastOutAt: z.iso.datetime().nullable(),
  lastInAt: z.iso.datetime().nullable(),
  /** What is left of the pauses after changes. */
  cooldownOutMs: z.int(),
  cooldownInMs: z.int(),
  /** Mean over the replicas. */
  loads: z.array(targetLoad),
  replicaLoads: z.array(
    z.object({
      replica: z.string(),
      task: z.string(),
      host: z.string(),
      isReady: z.boolean(),
      loads: z.array(
        targetLoad.extend({
          /** What a percentage is of; null for metrics. */
          of: percentBase.nullable(),
        }),
      ),
      /** Why it does not go for want of load; null: it may. */
      protection: z.string().nullable(),
    }),
  ),
});

export const scalePoint = z.object({
  at: z.iso.datetime(),
  wanted: z.int(),
  running: z.int(),
  healthy: z.int(),
  /** Of the cluster. */
  hosts: z.int(),
  loads: z.array(targetLoad),
  direction,
  reason: z.string(),
});
export const scaleTimeline = z.object({
  stack: z.string(),
  service: z.string(),
  points: z.array(scalePoint),
});

export type ScaleRequest = z.infer<typeof scaleRequest>;
export type ServiceScaling = z.infer<typeof serviceScaling>;
export type AutoscaleStatus = z.infer<typeof autoscaleStatus>;
export type ScalePointView = z.infer<typeof scalePoint>;
export type ScaleTimeline = z.infer<typeof scaleTimeline>;
