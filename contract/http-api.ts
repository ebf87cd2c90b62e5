/**
 * The operators' HTTP API: bodies of every route under `/v1` but `/v1/agent`. SigV4, service `execute-api`.
 *
 *   PUT    /v1/stacks/{stack}            Compose (`application/yaml`) or stack spec (`application/json`) -> PutStackReply
 *   GET    /v1/stacks                    -> StackList
 *   GET    /v1/stacks/{stack}            -> StackDetail
 *   DELETE /v1/stacks/{stack}            -> DeleteStackReply; ends when nothing of the stack runs any more
 *   GET    /v1/stacks/{stack}/replicas   -> ReplicaList      (also GET /v1/replicas for all stacks)
 *   PUT    /v1/stacks/{stack}/services/{service}/scale       ScaleRequest -> ServiceScaling (these four: scale-api.ts)
 *   DELETE /v1/stacks/{stack}/services/{service}/scale       -> ServiceScaling
 *   GET    /v1/stacks/{stack}/services/{service}/autoscale   -> AutoscaleStatus
 *   GET    /v1/stacks/{stack}/services/{service}/autoscale/timeline   ?since= -> ScaleTimeline, oldest first
 *   GET    /v1/stacks/{stack}/replicas/{replica}/placement   -> ReplicaPlacement: every host with its verdict
 *   GET    /v1/hosts                     -> HostList
 *   PUT    /v1/hosts/{host}/drain        DrainRequest -> HostView; its replicas move, then its instance is terminated
 *   DELETE /v1/hosts/{host}/drain        -> HostView; it stays after all
 *   GET    /v1/events?stack=&after=&limit=   -> EventList, oldest first
 *   GET    /v1/cluster, PATCH /v1/cluster    ClusterSettings
 *   GET    /v1/pools                     -> PoolList
 *   PUT    /v1/pools/{pool}              PoolSpec -> PoolView; made, or replaced as a whole
 *   DELETE /v1/pools/{pool}              -> PoolRemoved; only without hosts
 *   GET    /v1/version                   -> Version
 *   GET    /v1/openapi.json              the same, as OpenAPI 3.1
 */
import * as z from 'zod';
import { percentBase } from './autoscale-spec.ts';
import { architecture, taskHealth, taskPhase } from './agent-protocol.ts';
import { dnsLabel } from './names.ts';
import { scalingBy } from './scale-api.ts';
import { instanceType, poolName, poolSpec } from './pool-spec.ts';
import { stackSpec } from './stack-spec.ts';

/** Larger documents are refused by the CLI and by the API; Lambda's own limit for a YAML body is about 4.5 MB. */
export const BODY_MAX_BYTES = 1_000_000;

/** One thing wrong with an input: where it is and how to mend it. */
export const problem = z.object({
  /** Path inside the document: `services.web.ports[0].published`. */
  path: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  message: z.string(),
  /** What to write instead. */
  remedy: z.string().optional(),
});

export const errorCode = z.enum([
  'invalid-document',
  'invalid-request',
  'body-too-large',
  'unsupported-media-type',
  'not-found',
  'conflict',
  'forbidden',
  'busy',
  'internal',
]);

/** Every answer with a status of 400 or more. */
export const errorReply = z.object({
  error: z.object({
    code: errorCode,
    message: z.string(),
    problems: z.array(problem),
    requestId: z.string().optional(),
  }),
});

export const deployState = z.enum(['progressing', 'converged', 'failed', 'removing']);

export const serviceStatus = z.object({
  service: z.string(),
  revision: z.int(),
  state: deployState,
  replicas: z.int(),
  running: z.int(),
  healthy: z.int(),
  /** Who decides about the number of replicas, and between which; absent: the document says it. */
  scaling: z.object({ by: scalingBy, min: z.int(), max: z.int() }).optional(),
  /** Why it is in this state: what is waited for, or what failed and what to do. */
  reason: z.string(),
});

export const stackSummary = z.object({
  stack: dnsLabel,
  revision: z.int(),
  state: deployState,
  updatedAt: z.iso.datetime(),
  services: z.array(serviceStatus),
});
export const stackList = z.array(stackSummary);
export const stackDetail = stackSummary.extend({
  spec: stackSpec,
  digest: z.string(),
  updatedBy: z.string(),
});

export const putStackReply = z.object({
  stack: dnsLabel,
  revision: z.int(),
  /** False: the same content is already the wanted revision; nothing was written. */
  changed: z.boolean(),
  digest: z.string(),
  /** What was taken, but may not be meant: `version`, a variable given twice. Empty for a stack spec. */
  warnings: z.array(problem),
});
export const deleteStackReply = z.object({ stack: dnsLabel, state: z.enum(['removing', 'removed']) });

/** As the host's last beat told it; rates are means over about 15 s. Null: the kernel does not tell. */
const load = {
  /** Received and sent. */
  networkBytesPerSecond: z.int().nullable(),
  /** Read and written. */
  diskBytesPerSecond: z.int().nullable(),
  /** Time in which some process waited for it. */
  cpuPressurePercent: z.number().nullable(),
  memoryPressurePercent: z.number().nullable(),
};

export const replicaUsage = z.object({
  /** 1000 = one vCPU. */
  cpuMillis: z.int(),
  /** Without the page cache that the kernel can drop. */
  memoryBytes: z.int(),
  /** Of what `cpuPercentOf` names; null: nothing to measure by is known. */
  cpuPercent: z.number().nullable(),
  cpuPercentOf: percentBase.nullable(),
  memoryPercent: z.number().nullable(),
  memoryPercentOf: percentBase.nullable(),
  ...load,
  /** Numbers of the replica's own, by name. */
  metrics: z.record(z.string(), z.number()),
  /** The replica, or its label, asks that it is not taken away for lack of load. */
  isProtected: z.boolean(),
});

/** Of what the host has. */
export const hostUsage = z.object({
  cpuPercent: z.number(),
  memoryPercent: z.number(),
  diskPercent: z.number(),
  ...load,
});

export const replica = z.object({
  stack: z.string(),
  service: z.string(),
  /** `web-3` */
  replica: z.string(),
  task: z.string().nullable(),
  host: z.string().nullable(),
  address: z.string().nullable(),
  ports: z.array(
    z.object({ name: z.string(), container: z.int(), host: z.int(), protocol: z.enum(['tcp', 'udp']) }),
  ),
  phase: taskPhase,
  health: taskHealth,
  revision: z.int(),
  attempt: z.int(),
  /** Whether an SRV record that Route 53 has accepted names it (visible within the propagation delay). */
  registered: z.boolean(),
  /** Null: not known. */
  usage: replicaUsage.nullable(),
  reason: z.string(),
});
export const replicaList = z.array(replica);

/** How well a host that fits would do, in the order in which it counts. */
export const placementScore = z.object({
  /** The last task of the replica failed there. */
  failedHere: z.boolean(),
  /** Other replicas of the service in the host's zone, or in what the file prefers, the weightiest first. */
  replicasInDomain: z.array(z.int()),
  /** Services of its affinity that are there. */
  beside: z.array(z.string()),
  /** Null: its replicas are not spread. */
  replicasOnHost: z.int().nullable(),
  /** Null: nobody knows the image's layers. */
  missingImageBytes: z.number().nullable(),
  /** Mean share of CPU and memory that would stay free, and more where the two differ; the least wins. */
  leftover: z.number(),
});

export const placementVerdict = z.object({
  host: z.string(),
  /** Null: it is refused. */
  score: placementScore.nullable(),
  /** Which filter refuses it; null: it fits. */
  filter: z.string().nullable(),
  /** Why it is refused; empty: it fits. */
  reason: z.string(),
});

/** Why a replica is where it is, or nowhere. Hosts are judged as they are now, without the replica's own tasks. */
export const replicaPlacement = z.object({
  stack: z.string(),
  replica: z.string(),
  /** Null: it runs nowhere. */
  host: z.string().nullable(),
  /** Why it was placed there, or why it waits. */
  reason: z.string(),
  /** Where it would go now. Null: nowhere. */
  now: z.object({ host: z.string(), reason: z.string() }).nullable(),
  verdicts: z.array(placementVerdict),
  /** For one that fits nowhere: what would have to change, each tried. The fewest changes first. */
  hints: z.array(z.string()),
});

export const hostState = z.enum([
  'requested',
  'booting',
  'ready',
  'draining',
  'terminating',
  'terminated',
  'suspect',
  'lost',
]);
export const hostView = z.object({
  host: z.string(),
  instanceId: z.string().nullable(),
  state: hostState,
  address: z.string().nullable(),
  zone: z.string().nullable(),
  pool: z.string(),
  instanceType: z.string(),
  architecture,
  agentVersion: z.string().nullable(),
  /** The version that it is asked to run instead; null: none. */
  agentWanted: z.string().nullable(),
  tasks: z.int(),
  cpuMillis: z.object({ reserved: z.int(), total: z.int() }),
  memoryBytes: z.object({ reserved: z.int(), total: z.int() }),
  /** Null: no beat yet. */
  usage: hostUsage.nullable(),
  lastSeenAt: z.iso.datetime().nullable(),
  reason: z.string(),
});
export const hostList = z.array(hostView);

/** Its replicas move to other hosts, one of a service at a time; then its instance is terminated. */
export const drainRequest = z.strictObject({
  /** Shown beside the host and in events. */
  reason: z.string().min(1).max(200).optional(),
  /** What has not moved by then leaves without a replacement. Absent: it takes as long as it takes. */
  deadlineMs: z
    .int()
    .min(0)
    .max(7 * 86_400_000)
    .optional(),
});

export const eventView = z.object({
  /** Sorts by time; pass it as `after` to read on. */
  id: z.string(),
  at: z.iso.datetime(),
  /** Which loop or user decided. */
  by: z.string(),
  code: z.string(),
  stack: z.string().nullable(),
  subject: z.string(),
  message: z.string(),
});
export const eventList = z.object({ events: z.array(eventView), next: z.string().nullable() });

/** The short form of the pool `default`. */
export const poolSettings = z.strictObject({
  instanceType,
  architecture,
  hostsMax: z.int().min(0).max(1000),
});

/** Cluster data that an operator may change at run time. */
export const clusterSettings = z.strictObject({
  pool: poolSettings,
  /** Changed by the routes of pools alone. */
  pools: z.record(poolName, poolSpec),
  /** Agents ask for their manifest this often. */
  pollMs: z.int().min(200).max(60_000),
  beatMs: z.int().min(1000).max(120_000),
  /** TTL of every record, and with it the wait between leaving DNS and SIGTERM. */
  dnsTtlSeconds: z.int().min(1).max(300),
  /** A drain that DNS holds up longer than this goes on without it. */
  drainDeadlineMs: z.int().min(1000).max(3_600_000),
  /** From launch to registration; past it the instance is terminated and the reason told. */
  registrationDeadlineMs: z.int().min(5_000).max(3_600_000),
  /** An instance that DescribeInstances does not show yet is not called gone before this. */
  describeLagMs: z.int().min(0).max(600_000),
  /** A revision that makes no progress for this long has failed. */
  progressDeadlineMs: z.int().min(5_000).max(86_400_000),
  /** Without a witness, a host is suspect this long after its last sign of life (and never before two beats). */
  suspectAfterMs: z.int().min(1_000).max(3_600_000),
  /** A host that stays suspect this long is lost: its replicas are replaced. */
  lostAfterMs: z.int().min(1_000).max(3_600_000),
  /** From there to the termination of its instance. */
  terminateLostAfterMs: z.int().min(0).max(86_400_000),
  /** Instances of ours that belong to no host, and intents nobody waits for, are left alone until they are this old. */
  garbageAgeMs: z.int().min(1_000).max(86_400_000),
  /** A new version of the agent has so long until its first report is taken; else its host goes back. */
  upgradeTrialMs: z.int().min(1_000).max(600_000),
  /** So long the first host has to be well with a new version of the agent before others get it. */
  upgradeWatchMs: z.int().min(0).max(86_400_000),
  /**
   * Graphs in CloudWatch, namespace `Berth`: of services (CPU, memory and their own metrics, by cluster, stack and
   * service), of hosts as well, or none. Each metric of each service and host costs about $0.30 a month.
   */
  metrics: z.enum(['none', 'services', 'all']),
  /** A host that was not needed for so long is drained, the newest first. */
  surplusAfterMs: z.int().min(10_000).max(86_400_000),
  /** Whether hosts of an older launch template version are replaced, one at a time. */
  outdatedHosts: z.enum(['replace', 'keep']),
});
export const clusterPatch = clusterSettings.omit({ pools: true }).partial();
export const poolRemoved = z.strictObject({ name: poolName });

export const version = z.object({
  version: z.string(),
  cluster: z.string(),
  zone: z.string(),
  region: z.string(),
});

export type Problem = z.infer<typeof problem>;
export type ErrorCode = z.infer<typeof errorCode>;
export type ErrorReply = z.infer<typeof errorReply>;
export type DeployState = z.infer<typeof deployState>;
export type ServiceStatus = z.infer<typeof serviceStatus>;
export type StackSummary = z.infer<typeof stackSummary>;
export type StackDetail = z.infer<typeof stackDetail>;
export type PutStackReply = z.infer<typeof putStackReply>;
export type DeleteStackReply = z.infer<typeof deleteStackReply>;
export type ReplicaUsage = z.infer<typeof replicaUsage>;
export type HostUsage = z.infer<typeof hostUsage>;
export type Replica = z.infer<typeof replica>;
export type ReplicaPlacement = z.infer<typeof replicaPlacement>;
export type HostState = z.infer<typeof hostState>;
export type HostView = z.infer<typeof hostView>;
export type DrainRequest = z.infer<typeof drainRequest>;
export type EventView = z.infer<typeof eventView>;
export type EventList = z.infer<typeof eventList>;
export type PoolSettings = z.infer<typeof poolSettings>;
export type ClusterSettings = z.infer<typeof clusterSettings>;
export type Version = z.infer<typeof version>;
