/**
 * How many replicas a service has under load: the normalized form of `x-berth.autoscale`, every default filled in.
 *
 * It replaces no container: what agents read of it (metrics to ask for) reaches running replicas as probes do.
 */
import * as z from 'zod';
import { PROBE_PATH } from './health-spec.ts';
import { autoscale } from './rules/autoscale.ts';
import { obeys } from './rules/rule.ts';

/**
 * Bounds and defaults. Times in milliseconds.
 *
 * - `tolerancePercent` 10: that of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2).
 * - `windowOut` 1 min: a spike of half a minute adds nothing; with a look every 15 s that is four looks in a row.
 * - No step is cut unless the document says so (HorizontalPodAutoscaler doubles at most each 15 s): windows and `max` bound it.
 * - `stabilizationIn` 3 min, where the HorizontalPodAutoscaler has 5: on the development traces of `bench/autoscale` that is
 *   3 % (`diurnal-2`) and 6 % (`bursty`, start-up 10 s) fewer replica-seconds with about as many changes and at most 0.003 % more
 *   unserved load. 2 min would save 2 to 3 % more, but lulls of that length are common.
 * - `cooldownOut`, `cooldownIn`: longer ones cost unserved load there, shorter ones save 1 % and change half as often again.
 */
export const AUTOSCALE_LIMITS = {
  replicasMax: 1000,
  targetsMax: 4,
  schedulesMax: 20,
  percent: { min: 1, max: 1000 },
  windowOut: { min: 0, max: 3_600_000, default: 60_000 },
  stabilizationIn: { min: 0, max: 86_400_000, default: 180_000 },
  cooldownOut: { min: 0, max: 3_600_000, default: 30_000 },
  cooldownIn: { min: 0, max: 86_400_000, default: 60_000 },
  tolerancePercent: 10,
} as const;

/** As in Prometheus' text format, less its colons and what JSON readers trip over. */
export const METRIC_NAME = /^(?!__proto__$)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;

const { percent, replicasMax, windowOut, stabilizationIn, cooldownOut, cooldownIn } = AUTOSCALE_LIMITS;
const replicas = z.int().min(0).max(replicasMax);
const within = ({ min, max }: { readonly min: number; readonly max: number }) => z.int().min(min).max(max);
/** Mean over the replicas: percent of the reservation, else of the limit, else of the host's share. */
const usagePercent = z.number().min(percent.min).max(percent.max);

export const metricSource = z.discriminatedUnion('kind', [
  /** The agent asks the container for it, in Prometheus' text format. */
  z.strictObject({
    kind: z.literal('prometheus'),
    port: z.int().min(1).max(65_535),
    path: z.string().regex(PROBE_PATH),
  }),
  /** The replica tells it on its socket. */
  z.strictObject({ kind: z.literal('socket') }),
]);

/**
 * Set where the document names neither a reservation nor a limit: `resources` then holds `DEFAULT_RESERVATION`, of which no
 * percentage means anything. It stands here, not at the resources, so that no container is replaced by it.
 */
const of = z.literal('host-share').optional();

export const autoscaleTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cpu'), percent: usagePercent, of }),
  z.strictObject({ kind: z.literal('memory'), percent: usagePercent, of }),
  z.strictObject({
    kind: z.literal('metric'),
    name: z.string().regex(METRIC_NAME),
    /** Mean over the replicas. */
    value: z.number().positive(),
    source: metricSource,
  }),
]);

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const CLOCK_TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;

/** From `from` to before `to`, on those days; past midnight when `to` is not after `from`. The last that holds counts. */
export const autoscaleSchedule = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).max(7),
  from: z.string().regex(CLOCK_TIME),
  to: z.string().regex(CLOCK_TIME),
  /** IANA name: `Europe/Paris`. */
  timeZone: z.string().max(64),
  min: replicas,
  max: replicas,
});

const autoscaleShape = z.strictObject({
  min: replicas,
  max: replicas,
  /** The one that asks for most replicas counts. */
  targets: z.array(autoscaleTarget).min(1).max(AUTOSCALE_LIMITS.targetsMax),
  /** As close to the target as this, nothing changes. */
  tolerancePercent: z.number().min(0).max(100),
  /** More replicas only if they were asked for so long without a break. */
  windowOutMs: within(windowOut),
  /** Fewer only down to the most that was asked for in this time. */
  stabilizationInMs: within(stabilizationIn),
  /** Pause after a change before the next in that direction. */
  cooldownOutMs: within(cooldownOut),
  cooldownInMs: within(cooldownIn),
  /** Most replicas added, and taken away, at once. */
  stepOutMax: z.int().min(1).max(replicasMax),
  stepInMax: z.int().min(1).max(replicasMax),
  schedules: z.array(autoscaleSchedule).max(AUTOSCALE_LIMITS.schedulesMax),
  /**
   * True: replicas may say `protect` and `unprotect` on their socket. The socket is mounted into each container for that,
   * so switching it on or off replaces the containers, unless it is mounted anyway (`health.signal`, a target of source
   * `socket`). The label `berth.protect=true` needs no socket.
   */
  protect: z.boolean().optional(),
});

export const autoscaleSpec = autoscaleShape.check(obeys(autoscale));

export type MetricSource = z.infer<typeof metricSource>;
export type AutoscaleTarget = z.infer<typeof autoscaleTarget>;
export type AutoscaleSchedule = z.infer<typeof autoscaleSchedule>;
export type AutoscaleSpec = z.infer<typeof autoscaleSpec>;

/** What percents are of: the reservation, else the limit, else an equal share of its host: what the autoscaler measures by as well. */
export const percentBase = z.enum(['reservation', 'limit', 'host-share']);
export type PercentBase = z.infer<typeof percentBase>;
