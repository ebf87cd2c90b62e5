/** Where a service's replicas may run, and where they rather would. The contract's `PlacementSpec` fits it structurally. */

/** A property of hosts, in Compose's words: see `host-labels.ts`. */
export interface Constraint {
  readonly key: string;
  readonly operator: '==' | '!=';
  readonly value: string;
}

/** Lets a service onto hosts with that taint. Without a value: whatever the taint's value is. */
export interface Toleration {
  readonly key: string;
  readonly value?: string | undefined;
}

/** Keeps everything away that does not tolerate it. */
export interface Taint {
  readonly key: string;
  readonly value: string;
}

export interface PlacementRules {
  /** Absent: any pool. */
  readonly pool?: string | undefined;
  readonly constraints: readonly Constraint[];
  /** Properties over whose values the replicas are spread, the weightiest first. */
  readonly spread: readonly string[];
  /** Services of the stack beside which it rather runs. */
  readonly affinity: readonly string[];
  /** Services of the stack with which it shares no host. */
  readonly antiAffinity: readonly string[];
  readonly tolerations: readonly Toleration[];
  /** 0 to 100; the higher one is placed first, and so gets the room that there is. */
  readonly priority: number;
  /** When it may take the room of tasks of lower priority. Absent: `DEFAULT_PREEMPT`. */
  readonly preempt?: PreemptWhen | undefined;
  /** How many of its replicas may be missing for the sake of others. Absent: `DEFAULT_DISRUPTION_BUDGET`. */
  readonly disruptionBudget?: number | undefined;
}

/** `whenFull`: only when no host can come for it. */
export type PreemptWhen = 'never' | 'whenFull' | 'atOnce';

/** A host that comes costs nobody a replica. */
export const DEFAULT_PREEMPT: PreemptWhen = 'whenFull';
/** As with deploys and drains: one of a service at a time. */
export const DEFAULT_DISRUPTION_BUDGET = 1;

/** Of services that say nothing, so that a file can go above and below it. */
export const DEFAULT_PRIORITY = 50;

export const NO_RULES: PlacementRules = {
  constraints: [],
  spread: [],
  affinity: [],
  antiAffinity: [],
  tolerations: [],
  priority: DEFAULT_PRIORITY,
};

/** Graphics processors that a task asks for. */
export interface GpuNeeds {
  readonly count: number;
  /** Of each, 1 to 100; less than 100 only with a count of one. */
  readonly sharePercent: number;
}

/** A pool as placement sees it; hosts of no named pool are in `default`. */
export interface PoolTraits {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export const DEFAULT_POOL: PoolTraits = { name: 'default', labels: {}, taints: [] };

/** An image on a host: what a replica that needs it would not have to fetch there. */
export interface HostImage {
  /** Normalized: `normalImage`. */
  readonly image: string;
  readonly layers: readonly ImageLayer[];
}

export interface ImageLayer {
  /** First 12 hexadecimal digits of the layer's digest. */
  readonly id: string;
  readonly bytes: number;
}

/** `docker.io/library/nginx` -> `nginx:latest`: one text for one image, as Docker's own rules for names have it. */
export function normalImage(reference: string): string {
  const short = reference.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return /@|:[^/]*$/.test(short) ? short : `${short}:latest`;
}
