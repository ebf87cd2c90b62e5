/**
 * The stack spec: what a Compose document means to Berth, normalized.
 *
 * It comes out of `compose/`, crosses the HTTP API as JSON, is stored as a revision, and never changes there.
 * Every default is already filled in, every duration is milliseconds, every size is bytes, every list is in the
 * order of the document; maps are sorted by key, so that equal content gives equal bytes (see `canonical.ts`).
 */
import * as z from 'zod';
import { dnsLabel, portName } from './names.ts';

/** Limits of one stack; past them the API answers with the name of the limit. */
export const STACK_LIMITS = {
  services: 100,
  replicas: 1000,
  portsPerService: 20,
  specBytes: 300_000,
} as const;

const text = z.string().max(32_768);
const argv = z.array(text).max(512);

export const portSpec = z.strictObject({
  /** The port's `name` in Compose, else its `app_protocol`, else its number: the `_name` of the SRV record. */
  name: portName,
  /** Port inside the container. The host port is always chosen by Berth. */
  container: z.int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp']),
  appProtocol: z.string().max(63).optional(),
});

export const healthcheckSpec = z.strictObject({
  /** As in Docker's API: `['CMD', ...argv]` or `['CMD-SHELL', line]`; `['NONE']` switches off the image's own. */
  test: z.array(text).min(1).max(512),
  intervalMs: z.int().min(1).optional(),
  timeoutMs: z.int().min(1).optional(),
  startPeriodMs: z.int().min(0).optional(),
  startIntervalMs: z.int().min(1).optional(),
  retries: z.int().min(1).optional(),
});

export const restartSpec = z.strictObject({
  policy: z.enum(['no', 'on-failure', 'always', 'unless-stopped']),
  /** Only with `on-failure`; absent: no limit but the agent's crash-loop verdict. */
  maxRetries: z.int().min(0).optional(),
});

export const resourcesSpec = z.strictObject({
  /** What placement counts. 1000 = one vCPU. */
  reservedCpuMillis: z.int().min(0),
  reservedMemoryBytes: z.int().min(0),
  /** What the kernel enforces; absent: not limited (pids always are). */
  limitCpuMillis: z.int().min(1).optional(),
  limitMemoryBytes: z
    .int()
    .min(6 * 1024 * 1024)
    .optional(),
  limitPids: z.int().min(1),
});

/** Reserved for a container whose file names neither a reservation nor a limit. */
export const DEFAULT_RESERVATION = { cpuMillis: 20, memoryBytes: 32 * 1024 * 1024 } as const;
/** Fork bombs stop at the container's edge; Docker's own default is no limit at all. */
export const DEFAULT_PIDS_LIMIT = 512;
/** Compose: containers get 10 s between stop signal and SIGKILL unless `stop_grace_period` says otherwise. */
export const DEFAULT_STOP_GRACE_MS = 10_000;

export const serviceSpec = z.strictObject({
  image: z.string().min(1).max(1024),
  command: argv.optional(),
  entrypoint: argv.optional(),
  environment: z.record(z.string().max(1024), text),
  labels: z.record(z.string().max(1024), text),
  ports: z.array(portSpec).max(STACK_LIMITS.portsPerService),
  healthcheck: healthcheckSpec.optional(),
  restart: restartSpec,
  stopGraceMs: z.int().min(0).max(3_600_000),
  stopSignal: z.string().max(20).optional(),
  user: z.string().max(255).optional(),
  workingDir: z.string().max(4096).optional(),
  readOnly: z.boolean(),
  /** Docker's form: container path -> mount options ('' for the defaults). */
  tmpfs: z.record(z.string().max(4096), z.string().max(255)),
  capAdd: z.array(z.string().max(40)).max(64),
  capDrop: z.array(z.string().max(40)).max(64),
  init: z.boolean(),
  replicas: z.int().min(0).max(STACK_LIMITS.replicas),
  resources: resourcesSpec,
  /** At most this many replicas of the service on one host. */
  maxReplicasPerHost: z.int().min(1).optional(),
  /** `linux/amd64` or `linux/arm64`; absent: the pool's. */
  platform: z.enum(['linux/amd64', 'linux/arm64']).optional(),
});

export const stackSpec = z.strictObject({
  name: dnsLabel,
  services: z.record(dnsLabel, serviceSpec),
});

export type PortSpec = z.infer<typeof portSpec>;
export type HealthcheckSpec = z.infer<typeof healthcheckSpec>;
export type RestartSpec = z.infer<typeof restartSpec>;
export type ResourcesSpec = z.infer<typeof resourcesSpec>;
export type ServiceSpec = z.infer<typeof serviceSpec>;
export type StackSpec = z.infer<typeof stackSpec>;
