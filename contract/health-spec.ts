/**
 * When a replica counts as ready and as alive: the normalized form of `x-berth.health`, every default filled in.
 *
 * Readiness decides DNS only, liveness restarts only. A probe goes to the container's own address, so its port is the
 * one inside the container, published or not.
 */
import * as z from 'zod';
import { obeys } from './rules/rule.ts';
import { givable } from './rules/texts.ts';

/** Bounds and defaults. Times in milliseconds. */
export const HEALTH_LIMITS = {
  interval: { min: 500, max: 3_600_000, default: 5000 },
  timeout: { min: 100, max: 60_000, default: 2000 },
  count: { min: 1, max: 100 },
  successes: 1,
  failures: 3,
  /** Of `initialDelay`, `startGrace` and `deployGate`. */
  longestMs: 3_600_000,
  startGraceMs: 30_000,
  command: { words: 64, characters: 4096 },
} as const;

/** Printable ASCII without spaces: nothing that could end a request line (CR, LF) or add a header. */
export const PROBE_PATH = /^\/[\x21-\x7e]{0,2047}$/;
/** A name of gRPC's health protocol: `package.Service`, or '' for the server as a whole. */
export const GRPC_SERVICE = /^[A-Za-z0-9_./-]{0,200}$/;

const { interval, timeout, count, longestMs, command } = HEALTH_LIMITS;
const delayMs = z.int().min(0).max(longestMs);
const repeats = z.int().min(count.min).max(count.max);
const port = z.int().min(1).max(65_535);

const kinds = {
  http: { kind: z.literal('http'), port, path: z.string().regex(PROBE_PATH) },
  tcp: { kind: z.literal('tcp'), port },
  exec: {
    kind: z.literal('exec'),
    /** The program and its arguments; no shell in between. */
    command: z
      .array(z.string().max(command.characters).check(obeys(givable)))
      .min(1)
      .max(command.words),
  },
  grpc: { kind: z.literal('grpc'), port, service: z.string().regex(GRPC_SERVICE) },
} as const;

const liveness = {
  intervalMs: z.int().min(interval.min).max(interval.max),
  timeoutMs: z.int().min(timeout.min).max(timeout.max),
  /** In a row, before the verdict changes. */
  failures: repeats,
  /** From the container's start to the first probe. */
  initialDelayMs: delayMs,
};
const readiness = { ...liveness, successes: repeats };
/** Docker's own health check, whose timing is that of Compose's `healthcheck`. */
const docker = z.strictObject({ kind: z.literal('docker') });

export const readinessSpec = z.discriminatedUnion('kind', [
  docker,
  z.strictObject({ ...kinds.http, ...readiness }),
  z.strictObject({ ...kinds.tcp, ...readiness }),
  z.strictObject({ ...kinds.exec, ...readiness }),
  z.strictObject({ ...kinds.grpc, ...readiness }),
]);

export const livenessSpec = z.discriminatedUnion('kind', [
  docker,
  z.strictObject({ ...kinds.http, ...liveness }),
  z.strictObject({ ...kinds.tcp, ...liveness }),
  z.strictObject({ ...kinds.exec, ...liveness }),
  z.strictObject({ ...kinds.grpc, ...liveness }),
]);

export const healthSpec = z.strictObject({
  /** Absent: Docker's health check; and if there is none, healthy once running. */
  readiness: readinessSpec.optional(),
  /** A failure restarts the container within its task. Absent: only an exit does. */
  liveness: livenessSpec.optional(),
  /** For so long after its start a replica that fails its probes is still `starting`. */
  startGraceMs: delayMs,
  /** A replica counts for a rollout once it has been healthy for so long without a break. */
  deployGateMs: delayMs,
  /** The replica itself says, over a socket, when it is to be registered and when not. */
  signal: z.boolean(),
});

export type ReadinessSpec = z.infer<typeof readinessSpec>;
export type LivenessSpec = z.infer<typeof livenessSpec>;
export type HealthSpec = z.infer<typeof healthSpec>;
