/**
 * The stack spec: what a Compose document means to Berth, normalized.
 *
 * It comes out of `compose/`, crosses the HTTP API as JSON, is stored as a revision, and never changes there.
 * Every default is already filled in, every duration is milliseconds, every size is bytes, every list is in the
 * order of the document; maps are sorted by key, so that equal content gives equal bytes (see `canonical.ts`).
 * What a JSON Schema cannot say is in `rules/`; the Compose loader asks the same rules, to tell line and column.
 */
import * as z from 'zod';
import { autoscaleSpec } from './autoscale-spec.ts';
import { healthSpec } from './health-spec.ts';
import { dnsLabel, portName } from './names.ts';
import { gpuSpec, placementSpec, reservedDiskBytes } from './placement-spec.ts';
import { gpuShare, knownNeighbours } from './rules/placement.ts';
import { obeys } from './rules/rule.ts';
import { differentNames, differentPorts, healthcheck, reservations, restart } from './rules/services.ts';
import * as rules from './rules/texts.ts';

/** Limits of one stack; past them the API answers with the name of the limit. */
export const STACK_LIMITS = {
  services: 100,
  replicas: 1000,
  portsPerService: 20,
  specBytes: 300_000,
} as const;

/** Longest argument, value of a variable or of a label, in characters. */
export const TEXT_MAX = 32_768;
/** Longest name of a variable or a label. */
export const NAME_MAX = 1024;
export const WORDS_MAX = 512;
/** Docker counts durations as 64-bit nanoseconds: about 292 years. */
export const DURATION_MAX_MS = 9_223_372_036_854;
/** Docker's own least limits. */
export const LEAST_LIMIT = { cpuMillis: 10, memoryBytes: 6 * 1024 * 1024 } as const;
export const STOP_GRACE_MAX_MS = 3_600_000;
/** The kernel's PID_MAX_LIMIT. */
export const PIDS_MAX = 4_194_304;

const bounded = (max: number) => z.string().max(max).check(obeys(rules.givable));
const text = bounded(TEXT_MAX);
const argv = z.array(text).max(WORDS_MAX);
const durationMs = z.int().max(DURATION_MAX_MS);
const capabilities = z
  .array(z.string().max(40).check(obeys(rules.capability)))
  .max(64)
  .check(obeys(differentNames));

export const portSpec = z.strictObject({
  /** The port's `name` in Compose, else its `app_protocol`, else its number: the `_name` of the SRV record. */
  name: portName,
  /** Port inside the container. The host port is always chosen by Berth. */
  container: z.int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp']),
  appProtocol: bounded(63).min(1).optional(),
});

/** As agents are told it: the rules are for who writes a spec. */
export const healthcheckShape = z.strictObject({
  /** As in Docker's API: `['CMD', ...argv]` or `['CMD-SHELL', line]`; `['NONE']` switches off the image's own. */
  test: argv.min(1),
  intervalMs: durationMs.min(1).optional(),
  timeoutMs: durationMs.min(1).optional(),
  startPeriodMs: durationMs.min(0).optional(),
  startIntervalMs: durationMs.min(1).optional(),
  retries: z.int().min(1).max(1_000_000).optional(),
});

export const healthcheckSpec = healthcheckShape.check(obeys(healthcheck));

export const restartShape = z.strictObject({
  policy: z.enum(['no', 'on-failure', 'always', 'unless-stopped']),
  /** Only with `on-failure`; absent: no limit but the agent's crash-loop verdict. */
  maxRetries: z.int().min(0).max(999_999).optional(),
});
export const restartSpec = restartShape.check(obeys(restart));

export const resourcesSpec = z
  .strictObject({
    /** What placement counts. 1000 = one vCPU. */
    reservedCpuMillis: z.int().min(0),
    reservedMemoryBytes: z.int().min(0),
    /** What the kernel enforces; absent: not limited (pids always are). */
    limitCpuMillis: z.int().min(LEAST_LIMIT.cpuMillis).optional(),
    limitMemoryBytes: z.int().min(LEAST_LIMIT.memoryBytes).optional(),
    limitPids: z.int().min(1).max(PIDS_MAX),
    /** Counted by placement alone. Absent: none. */
    reservedDiskBytes: reservedDiskBytes.optional(),
    gpus: gpuSpec.check(obeys(gpuShare)).optional(),
  })
  .check(obeys(reservations));

/** Reserved for a container whose file names neither a reservation nor a limit. */
export const DEFAULT_RESERVATION = { cpuMillis: 20, memoryBytes: 32 * 1024 * 1024 } as const;
/** Fork bombs stop at the container's edge; Docker's own default is no limit at all. */
export const DEFAULT_PIDS_LIMIT = 512;
/** Compose: containers get 10 s between stop signal and SIGKILL unless `stop_grace_period` says otherwise. */
export const DEFAULT_STOP_GRACE_MS = 10_000;

export const serviceSpec = z.strictObject({
  image: z.string().min(1).max(1024).check(obeys(rules.imageName)),
  command: argv.optional(),
  entrypoint: argv.optional(),
  environment: z.record(bounded(NAME_MAX).check(obeys(rules.variableName)), text),
  labels: z.record(bounded(NAME_MAX).check(obeys(rules.labelName)), text),
  ports: z.array(portSpec).max(STACK_LIMITS.portsPerService).check(obeys(differentPorts)),
  healthcheck: healthcheckSpec.optional(),
  /** From `x-berth.health`; absent: Docker's health check decides, and without one a running replica is healthy. */
  health: healthSpec.optional(),
  /** From `x-berth.autoscale`; absent: `replicas` says how many. */
  autoscale: autoscaleSpec.optional(),
  restart: restartSpec,
  stopGraceMs: z.int().min(0).max(STOP_GRACE_MAX_MS),
  stopSignal: z.string().max(20).check(obeys(rules.stopSignal)).optional(),
  user: bounded(255).check(obeys(rules.userName)).optional(),
  workingDir: bounded(4096).check(obeys(rules.workingDir)).optional(),
  readOnly: z.boolean(),
  /** Docker's form: container path -> mount options ('' for the defaults). */
  tmpfs: z.record(
    bounded(4096).check(obeys(rules.mountPath)),
    z.string().max(255).check(obeys(rules.mountOptions)),
  ),
  capAdd: capabilities,
  capDrop: capabilities,
  init: z.boolean(),
  replicas: z.int().min(0).max(STACK_LIMITS.replicas),
  resources: resourcesSpec,
  /** At most this many replicas of the service on one host. */
  maxReplicasPerHost: z.int().min(1).max(STACK_LIMITS.replicas).optional(),
  /** Absent: anywhere; replicas of which there are two or more are spread over zones. */
  placement: placementSpec.optional(),
  /** `linux/amd64` or `linux/arm64`; absent: the pool's. */
  platform: z.enum(['linux/amd64', 'linux/arm64']).optional(),
});

export const stackSpec = z.strictObject({
  name: dnsLabel,
  services: z.record(z.string().check(obeys(rules.serviceName)), serviceSpec).check(obeys(knownNeighbours)),
});

export type PortSpec = z.infer<typeof portSpec>;
export type HealthcheckSpec = z.infer<typeof healthcheckSpec>;
export type RestartSpec = z.infer<typeof restartSpec>;
export type ResourcesSpec = z.infer<typeof resourcesSpec>;
export type ServiceSpec = z.infer<typeof serviceSpec>;
export type StackSpec = z.infer<typeof stackSpec>;
