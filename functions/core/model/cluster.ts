/** Cluster data that decisions read; the wire form is `clusterSettings` of the HTTP API. */
import type { PoolSpec } from './pool.ts';

export type Architecture = 'x86_64' | 'arm64';

/** The short form of the pool `default`: see `pool.ts`. */
export interface PoolSettings {
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly hostsMax: number;
}

export interface ClusterSettings {
  readonly pool: PoolSettings;
  /** By name; read by `poolsOf` alone. */
  readonly pools: Readonly<Record<string, PoolSpec>>;
  readonly pollMs: number;
  readonly beatMs: number;
  readonly dnsTtlSeconds: number;
  readonly drainDeadlineMs: number;
  readonly registrationDeadlineMs: number;
  readonly describeLagMs: number;
  readonly progressDeadlineMs: number;
  /** Without a word from anybody, a host is suspect this long after its last sign of life, and never before two beats. */
  readonly suspectAfterMs: number;
  /** How long a host stays suspect before its tasks are replaced. */
  readonly lostAfterMs: number;
  /** From there to the termination of its instance; until then it may come back. */
  readonly terminateLostAfterMs: number;
  /** What seems to be nobody's is left alone until it is this old. */
  readonly garbageAgeMs: number;
  /** A new version of the agent has so long until its first report is taken; else its host goes back. */
  readonly upgradeTrialMs: number;
  /** So long the first host has to be well with a new version before others get it. */
  readonly upgradeWatchMs: number;
  /** A host that was not needed for so long is drained, the newest first; a new host is left alone for as long. */
  readonly surplusAfterMs: number;
  /** Whether hosts of an older launch template version are replaced, one at a time. */
  readonly outdatedHosts: 'replace' | 'keep';
  /** What is published for graphs in CloudWatch. Nothing is decided by it. */
  readonly metrics: 'none' | 'services' | 'all';
}

/** The last change of the settings: what its audit row says. */
export interface SettingsChange {
  /** 1 for the first. */
  readonly number: number;
  readonly atMs: number;
  readonly message: string;
}

/**
 * What a cluster starts with.
 *
 * - `pollMs` 15 s, `dnsTtlSeconds` 10: architecture.md, "Agent" and "Discovery".
 * - `registrationDeadlineMs` 5 min: an ECS-optimized host boots in about a minute; Karpenter gives a launch 5 min.
 * - `describeLagMs` 2 min: EC2 reads are eventually consistent ("EC2 eventual consistency" in its developer guide).
 * - `progressDeadlineMs` 10 min: Kubernetes' `progressDeadlineSeconds` default.
 * - `beatMs` 60 s: a beat every 10 s would cost $0.48 a host-month, one every 60 s $0.08; neighbours watch in between.
 * - `suspectAfterMs` 30 s and `lostAfterMs` 30 s: with witnesses a dead host is out of DNS in under 45 s and replaced in
 *   under 90 s. Nomad waits 10 to 30 s, Swarm 15 s, Mesos 75 s; Kubernetes 40 s and then 5 min.
 * - `terminateLostAfterMs` 2 min: an instance that EC2 calls running is gone within 5 min of its death.
 * - `garbageAgeMs` 2 min: rows are read consistently, so this only guards against what nobody thought of; Karpenter waits
 *   30 s, and an orphan is to be gone within 5 min.
 * - `upgradeTrialMs` 20 s: an agent is heard some seconds after its start, and a host whose new agent is mute must be back
 *   before its tasks count as lost (15 s of silence, then `lostAfterMs`).
 * - `upgradeWatchMs` 5 min: five beats.
 * - `metrics` none: a metric costs $0.30 a month and a GB of log lines $0.50 (CloudWatch's price list, us-east-1), so a
 *   service with CPU and memory costs $0.60 and a host with its three $0.90, of a host that is to cost below $0.10. With
 *   a beat a minute its lines of about 300 bytes, one a service and host, are 13 MB or $0.007 a month.
 * - `surplusAfterMs` 5 min: the stabilization that Kubernetes' autoscaler of pods has (its autoscaler of nodes waits 10 min).
 */
export const DEFAULT_SETTINGS: ClusterSettings = {
  pool: { instanceType: 't4g.small', architecture: 'arm64', hostsMax: 10 },
  pools: {},
  pollMs: 15_000,
  beatMs: 60_000,
  dnsTtlSeconds: 10,
  drainDeadlineMs: 120_000,
  registrationDeadlineMs: 300_000,
  describeLagMs: 120_000,
  progressDeadlineMs: 600_000,
  suspectAfterMs: 30_000,
  lostAfterMs: 30_000,
  terminateLostAfterMs: 120_000,
  garbageAgeMs: 120_000,
  upgradeTrialMs: 20_000,
  upgradeWatchMs: 300_000,
  metrics: 'none',
  surplusAfterMs: 300_000,
  outdatedHosts: 'replace',
};
