/** Cluster data that decisions read; the wire form is `clusterSettings` of the HTTP API. */
export type Architecture = 'x86_64' | 'arm64';

export interface PoolSettings {
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly hostsMax: number;
}

export interface ClusterSettings {
  readonly pool: PoolSettings;
  readonly pollMs: number;
  readonly beatMs: number;
  readonly dnsTtlSeconds: number;
  readonly drainDeadlineMs: number;
  readonly registrationDeadlineMs: number;
  readonly describeLagMs: number;
  readonly progressDeadlineMs: number;
}

/**
 * What a cluster starts with.
 *
 * - `pollMs` 15 s, `dnsTtlSeconds` 10: architecture.md, "Agent" and "Discovery".
 * - `registrationDeadlineMs` 5 min: an ECS-optimized host boots in about a minute; Karpenter gives a launch 5 min.
 * - `describeLagMs` 2 min: EC2 reads are eventually consistent ("EC2 eventual consistency" in its developer guide).
 * - `progressDeadlineMs` 10 min: Kubernetes' `progressDeadlineSeconds` default.
 */
export const DEFAULT_SETTINGS: ClusterSettings = {
  pool: { instanceType: 't4g.small', architecture: 'arm64', hostsMax: 10 },
  pollMs: 15_000,
  beatMs: 60_000,
  dnsTtlSeconds: 10,
  drainDeadlineMs: 120_000,
  registrationDeadlineMs: 300_000,
  describeLagMs: 120_000,
  progressDeadlineMs: 600_000,
};
