/** What the autoscaler reads and remembers of a service. The contract's `AutoscaleSpec` fits the spec structurally. */
import type { TaskId } from './ids.ts';

/** As many as a service may have. */
export const REPLICAS_MAX = 1000;

/** What a percentage is of. The host's share: its capacity, divided by the tasks on it. */
export type UsageBase = 'reservation' | 'limit' | 'host-share';

export type AutoscaleTarget =
  | {
      readonly kind: 'cpu' | 'memory';
      readonly percent: number;
      /** The document names neither reservation nor limit, so what is reserved was assumed. Absent: it was named. */
      readonly of?: 'host-share' | undefined;
    }
  /** Mean over the replicas of a number that they tell. */
  | { readonly kind: 'metric'; readonly name: string; readonly value: number };

export interface AutoscaleSchedule {
  readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  /** `08:00`, by the clock of `timeZone`. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly min: number;
  readonly max: number;
}

export interface AutoscaleSpec {
  readonly min: number;
  readonly max: number;
  readonly targets: readonly AutoscaleTarget[];
  readonly tolerancePercent: number;
  readonly windowOutMs: number;
  readonly stabilizationInMs: number;
  readonly cooldownOutMs: number;
  readonly cooldownInMs: number;
  readonly stepOutMax: number;
  readonly stepInMax: number;
  readonly schedules: readonly AutoscaleSchedule[];
}

/** One replica as the autoscaler sees it. */
export interface ReplicaLoad {
  readonly task: TaskId;
  /** It serves; one that never did is neither idle nor loaded. */
  readonly isReady: boolean;
  /** By target, in the order of the spec: usage in the target's own unit (percent, or the metric's value); null: missing. */
  readonly usage: readonly (number | null)[];
  /** By target: what its percentage is of, for reasons; null for metrics. */
  readonly of?: readonly (UsageBase | null)[] | undefined;
}

/** A number of replicas that was asked for, and when. */
export interface Proposal {
  readonly atMs: number;
  readonly replicas: number;
}

export interface AutoscaleMemory {
  /** Oldest first; the first is the look since which there was no gap, the others only those that the windows need. */
  readonly proposals: readonly Proposal[];
  readonly lastOutAtMs: number | null;
  readonly lastInAtMs: number | null;
}

/** Bounds set by hand (`berth scale`): they take the place of the document's until taken back. */
export interface ManualBounds {
  readonly min: number;
  readonly max: number;
  readonly by: string;
  readonly atMs: number;
  /**
   * Of a service without autoscaling: the document's number that this took the place of. Once the document says another
   * one, that counts. Absent: bounds of the autoscaler.
   */
  readonly instead?: number;
}

/** The autoscaler's row of a service: written by the tick, its bounds by the API. */
export interface ServiceScale {
  readonly stack: string;
  readonly service: string;
  /** Null: not decided yet. A new revision keeps it. */
  readonly replicas: number | null;
  readonly reason: string;
  readonly memory: AutoscaleMemory;
  /** Why nothing changed, by kind, as was told last; null: nothing was told since the number changed. */
  readonly held: string | null;
  readonly manual: ManualBounds | null;
  readonly version: number;
}

/** One row of a service's time line. */
export interface ScalePoint {
  readonly stack: string;
  readonly service: string;
  readonly atMs: number;
  readonly wanted: number;
  /** Replicas that run, and those of them that serve. */
  readonly running: number;
  readonly healthy: number;
  /** Hosts of the cluster that are there. */
  readonly hosts: number;
  /** Mean over the replicas by target, in the order of the spec; null: nothing was told. */
  readonly loads: readonly { readonly target: string; readonly load: number | null; readonly aim: number }[];
  readonly direction: 'out' | 'in' | 'hold';
  readonly reason: string;
}

export const NOTHING_PROPOSED: AutoscaleMemory = { proposals: [], lastOutAtMs: null, lastInAtMs: null };
