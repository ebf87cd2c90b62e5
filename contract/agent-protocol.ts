/**
 * What crosses the wire between a host's agent and the control plane (HTTP API, routes under `/v1/agent`).
 *
 * Every call is signed with the host role's session (SigV4, service `execute-api`); the session's name is the
 * instance id. A route names the host (`/v1/agent/hosts/{host}/...`) and is refused (403) for any other host's session.
 *
 *   POST /v1/agent/hosts/{host}/registration   Registration -> RegistrationReply   once per start of the agent
 *   GET  /v1/agent/hosts/{host}/manifest       -> Manifest; `If-None-Match: "<generation>"` -> 304 when unchanged
 *   PUT  /v1/agent/hosts/{host}/report         Report -> ReportReply               when something changed
 *   POST /v1/agent/hosts/{host}/beat           Beat -> BeatReply                   every `beatMs`, and at once
 *                                                                               when a neighbour falls silent or comes back
 *
 * Readable by one version before and one after: agents ignore unknown keys of replies and manifests; the control plane
 * refuses unknown keys of what agents send only from its own major version (`/v1`).
 */
import * as z from 'zod';
import { METRIC_NAME, metricSource } from './autoscale-spec.ts';
import { healthSpec } from './health-spec.ts';
import { hostId, taskId } from './names.ts';
import { healthcheckShape, restartShape } from './stack-spec.ts';

/**
 * Where an agent's witness listener answers other hosts: one line, `<host id> <boot id>`, then it hangs up. Outside of
 * HOST_PORTS; the security group opens it host to host, and agents keep their containers from it.
 */
export const WITNESS_PORT = 19_990;
/** A host watches at most so many others. */
export const NEIGHBOURS_MAX = 3;

/** Host ports that Berth hands out; the security group opens them host to host. Bounds included. */
export const HOST_PORTS = { first: 20_000, last: 29_999 } as const;

/** No host's manifest changes that often: an agent that tells of more is not believed, and numbers stay exact. */
export const GENERATION_MAX = 2 ** 40;

export const taskPhase = z.enum([
  'pending',
  'assigned',
  'pulling',
  'starting',
  'running',
  'draining',
  'stopping',
  'stopped',
  'failed',
  'lost',
]);
export const taskHealth = z.enum(['starting', 'healthy', 'unhealthy']);

/** What the control plane wants of a task. `drain`: out of DNS, still running, not restarted when it exits. */
export const wantedState = z.enum(['run', 'drain', 'stop']);

export const architecture = z.enum(['x86_64', 'arm64']);

/** A number that the agent is to learn of each replica and tell with its beats. */
export const wantedMetric = z.object({
  name: z.string().regex(METRIC_NAME),
  /** What the service aims at: a tenth of it is worth a beat. */
  value: z.number().positive(),
  /** Agents pass over one of a kind that they do not know. */
  source: metricSource,
});

/** Everything needed to create a container, shared by all tasks of one service revision. */
export const containerSpec = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  healthcheck: healthcheckShape.optional(),
  health: healthSpec.optional(),
  /** The replica gets a socket to speak on, also without `health.signal`. Older agents do not know it. */
  socket: z.boolean().optional(),
  /** Reaches containers that run, as probes do. Older agents do not know it. */
  metrics: z.array(wantedMetric).optional(),
  restart: restartShape,
  stopGraceMs: z.int(),
  stopSignal: z.string().optional(),
  user: z.string().optional(),
  workingDir: z.string().optional(),
  readOnly: z.boolean(),
  tmpfs: z.record(z.string(), z.string()),
  capAdd: z.array(z.string()),
  capDrop: z.array(z.string()),
  init: z.boolean(),
  platform: z.enum(['linux/amd64', 'linux/arm64']).optional(),
  reservedMemoryBytes: z.int(),
  reservedCpuMillis: z.int(),
  limitCpuMillis: z.int().optional(),
  limitMemoryBytes: z.int().optional(),
  limitPids: z.int(),
  /** Of the assignment's GPUs. Older agents do not know it. */
  gpuCapabilities: z.array(z.string()).optional(),
});

export const portBinding = z.object({
  name: z.string(),
  container: z.int(),
  protocol: z.enum(['tcp', 'udp']),
  /** Port on the host, within HOST_PORTS. */
  host: z.int(),
});

export const assignment = z.object({
  task: taskId,
  stack: z.string(),
  service: z.string(),
  /** Number of the replica, from 1: `web-3` is slot 3 of `web`. */
  slot: z.int().min(1),
  revision: z.int().min(1),
  wanted: wantedState,
  /** Key into `Manifest.specs`. */
  spec: z.string(),
  ports: z.array(portBinding),
  /** Ids of the host's GPUs that the task gets. Older agents do not know it, and their hosts tell of none. */
  gpus: z.array(z.string()).optional(),
});

/** Where a version of the agent lies in S3, readable by the hosts' role. */
export const agentArchive = z.object({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  key: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,500}$/),
  /** Of the archive's bytes, lower-case hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Names a folder on the host. */
export const agentVersionName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/);

/** The version of the agent that a host shall run. One that it runs already asks for nothing. */
export const wantedAgent = z.object({
  version: agentVersionName,
  /** Another number for each time it is asked for: a version that failed is only tried again when asked anew. */
  request: z.int().min(1),
  /** So long the new version has until its first report is taken; else the host goes back by itself. */
  trialMs: z.int().min(1000).max(600_000),
  /** Absent: only if the host still has it, which it has of the version that it ran before. */
  archive: agentArchive.optional(),
});

export const manifest = z.object({
  host: hostId,
  /** Grows by one with each change of this host's manifest. */
  generation: z.int().min(0),
  pollMs: z.int().min(100),
  /** Instead of `pollMs` while the doorbell is proven to work. Older agents do not know it. */
  socketPollMs: z.int().min(100).optional(),
  beatMs: z.int().min(1000),
  specs: z.record(z.string(), containerSpec),
  assignments: z.array(assignment),
  /** Absent: the host runs what it runs. Older agents do not know it. */
  agent: wantedAgent.optional(),
});

export const capacity = z.strictObject({
  cpuMillis: z.int().min(0),
  memoryBytes: z.int().min(0),
  pids: z.int().min(0),
  diskBytes: z.int().min(0),
  /** Ids of its NVIDIA GPUs. Absent: none, or Docker could not hand them out. */
  gpus: z.array(z.string().min(1).max(64)).max(16).optional(),
});

export const dockerInfo = z.strictObject({
  version: z.string(),
  apiVersion: z.string(),
  cgroupVersion: z.enum(['1', '2']),
  storageDriver: z.string(),
});

export const registration = z.strictObject({
  instanceId: z.string().regex(/^m?i-[0-9a-f]{8,17}$/),
  /** The kernel's boot id: changes with each boot of the host. */
  bootId: z.string().min(8).max(64),
  agentVersion: z.string().max(64),
  /** Private IPv4 address at which the host's published ports answer. */
  address: z.ipv4(),
  zone: z.string().max(32),
  instanceType: z.string().max(32),
  architecture,
  capacity,
  docker: dockerInfo,
});

/** Why a task is where it is, in the agent's words. `code` is from a closed list; `message` says what to do. */
export const taskReason = z.strictObject({
  code: z.enum([
    'created',
    'image-missing',
    'image-pull-failed',
    'create-failed',
    'start-failed',
    'port-taken',
    'exited',
    'oom-killed',
    'crash-loop',
    'restarting',
    'health-check-failing',
    'liveness-failed',
    'signal-awaited',
    'signalled-not-ready',
    'docker-unavailable',
    'stopped-as-wanted',
    'container-gone',
  ]),
  message: z.string().max(2000),
});

export const taskReport = z.strictObject({
  task: taskId,
  phase: taskPhase,
  health: taskHealth,
  /** Starts of the container within this task; 1 is the first. */
  attempt: z.int().min(0),
  containerId: z.string().max(64).optional(),
  exitCode: z.int().optional(),
  /** Of a healthy task with a deploy gate: another value for each time it became healthy. Compared, never read as a time. */
  healthySince: z.int().optional(),
  reason: taskReason.optional(),
});

/** A version of the agent that was asked for and does not run. Sent only while that is so. */
export const agentFailure = z.strictObject({
  version: agentVersionName,
  /** Of the manifest that asked for it. */
  request: z.int().min(0),
  /** True: it was tried, or cannot be; false: the host goes on trying to get it. */
  final: z.boolean(),
  reason: z.string().max(500),
});

export const report = z.strictObject({
  bootId: z.string(),
  /** Grows with each report of this agent's state file; an older one never replaces a newer one. */
  seq: z.int().min(1),
  agentVersion: z.string().max(64),
  /** Generation of the manifest that the agent works towards. */
  generation: z.int().min(0).max(GENERATION_MAX),
  /** False while Docker does not answer: the tasks are then as last seen. */
  dockerAnswers: z.boolean(),
  tasks: z.array(taskReport).max(1000),
  /** Images on the host, as references (`shop-web:latest`, `shop-web@sha256:...`). */
  images: z.array(z.string().max(1100)).max(2000),
  /**
   * Layers of the images that Berth's tasks want or that it pulled, as `<12 hex digits>:<bytes>`. Sent to a control plane
   * whose last reply asked for them. Absent: not told.
   */
  imageLayers: z
    .array(
      z.strictObject({
        image: z.string().max(1100),
        layers: z.array(z.string().regex(/^[0-9a-f]{12}:[0-9]{1,15}$/)).max(1000),
      }),
    )
    .max(40)
    .optional(),
  agentFailure: agentFailure.optional(),
});

/** At most so many numbers of its own does a replica have. */
export const METRICS_MAX = 4;
/** What a number of a replica's own may be, beside 0: exact enough, and no number that a table cannot hold. */
export const METRIC_VALUE = { least: 1e-9, most: 1e15 } as const;
const metricValue = z
  .number()
  .refine(
    (value) => value === 0 || (Math.abs(value) >= METRIC_VALUE.least && Math.abs(value) <= METRIC_VALUE.most),
    `0, or from ${METRIC_VALUE.least} to ${METRIC_VALUE.most}`,
  );

const share = z.number().min(0).max(100);
const size = z.int().min(0);

/** What a task uses; rates are means over the agent's last sample. Absent: not known. */
export const taskUsage = z.strictObject({
  task: taskId,
  /** 1000 = one vCPU. */
  cpuMillis: size,
  /** Without the page cache that the kernel can drop. */
  memoryBytes: size,
  networkBytesPerSecond: size.optional(),
  diskBytesPerSecond: size.optional(),
  /** Time in which some process waited (PSI "some"). */
  cpuPressurePercent: share.optional(),
  memoryPressurePercent: share.optional(),
  /** By the names of the spec's `metrics`; one that could not be had is absent. */
  metrics: z
    .record(z.string().regex(METRIC_NAME), metricValue)
    .refine((metrics) => Object.keys(metrics).length <= METRICS_MAX, `at most ${METRICS_MAX} metrics`)
    .optional(),
  /** The replica asked not to be taken away. */
  isProtected: z.literal(true).optional(),
});

/** As of a task, of the whole host; network through its default route, disks as wholes. */
export const hostLoad = z.strictObject({
  networkBytesPerSecond: size.optional(),
  diskBytesPerSecond: size.optional(),
  cpuPressurePercent: share.optional(),
  memoryPressurePercent: share.optional(),
});

/**
 * A control plane of before `load` and `tasks` refuses a beat that has them (400). Agents are upgraded after the control
 * plane, so it is the older one only when a deploy was taken back: an agent whose beat is refused leaves them out.
 */
export const beat = z.strictObject({
  bootId: z.string(),
  seq: z.int().min(1),
  agentVersion: z.string().max(64),
  generation: z.int().min(0).max(GENERATION_MAX),
  reportSeq: z.int().min(0),
  /** Of the host, in percent of its capacity. */
  cpuPercent: z.number().min(0).max(100),
  memoryPercent: z.number().min(0).max(100),
  diskPercent: z.number().min(0).max(100),
  load: hostLoad.optional(),
  /** Of those whose usage is known. Absent: an older agent, which does not tell. */
  tasks: z.array(taskUsage).max(1000).optional(),
  /** Of the neighbours named in the last reply: those that did not answer the last tries, and those that did. */
  silent: z.array(hostId).max(NEIGHBOURS_MAX).default([]),
  answering: z.array(hostId).max(NEIGHBOURS_MAX).default([]),
  /** How far the host's clock is ahead of ours, milliseconds; negative: behind. Absent: about right. */
  clockAheadMs: z.int().optional(),
});

/** Another host, to be watched at its WITNESS_PORT. */
export const neighbour = z.object({ host: hostId, address: z.ipv4() });

/** Pace is dictated by the control plane; an agent that gets other numbers follows from its next round on. */
export const pace = z.object({ pollMs: z.int(), socketPollMs: z.int().optional(), beatMs: z.int() });
export const registrationReply = pace.extend({ host: hostId, generation: z.int(), zone: z.string() });
export const reportReply = z.object({ generation: z.int(), takesLayers: z.boolean().optional() });
export const beatReply = pace.extend({ generation: z.int(), neighbours: z.array(neighbour).default([]) });

export type TaskPhase = z.infer<typeof taskPhase>;
export type TaskHealth = z.infer<typeof taskHealth>;
export type WantedState = z.infer<typeof wantedState>;
export type Architecture = z.infer<typeof architecture>;
export type WantedMetric = z.infer<typeof wantedMetric>;
export type ContainerSpec = z.infer<typeof containerSpec>;
export type PortBinding = z.infer<typeof portBinding>;
export type Assignment = z.infer<typeof assignment>;
export type AgentArchive = z.infer<typeof agentArchive>;
export type WantedAgent = z.infer<typeof wantedAgent>;
export type AgentFailure = z.infer<typeof agentFailure>;
export type Manifest = z.infer<typeof manifest>;
export type Capacity = z.infer<typeof capacity>;
export type DockerInfo = z.infer<typeof dockerInfo>;
export type Registration = z.infer<typeof registration>;
export type RegistrationReply = z.infer<typeof registrationReply>;
export type TaskReason = z.infer<typeof taskReason>;
export type TaskReport = z.infer<typeof taskReport>;
export type Report = z.infer<typeof report>;
export type ReportReply = z.infer<typeof reportReply>;
export type TaskUsage = z.infer<typeof taskUsage>;
export type HostLoad = z.infer<typeof hostLoad>;
export type Beat = z.infer<typeof beat>;
export type Neighbour = z.infer<typeof neighbour>;
export type BeatReply = z.infer<typeof beatReply>;
