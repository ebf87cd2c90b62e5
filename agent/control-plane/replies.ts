/**
 * Validators of what the control plane answers. The compiler holds them to the wire's types; a test holds them to its
 * schemas, in both directions.
 */
import type {
  AgentArchive,
  Assignment,
  BeatReply,
  ContainerSpec,
  Manifest,
  Neighbour,
  PortBinding,
  RegistrationReply,
  ReportReply,
  WantedAgent,
} from '../../contract/agent-protocol.ts';
import type { HealthcheckSpec, RestartSpec } from '../../contract/stack-spec.ts';
import { readHealth } from './read-health.ts';
import { readMetrics } from './read-metrics.ts';
import {
  array,
  boolean,
  integer,
  matching,
  object,
  objectWith,
  oneOf,
  ReadError,
  record,
  string,
  type Reader,
} from './read-value.ts';

const hostId = matching(/^h-[a-z0-9]{6,20}$/);
const taskId = matching(/^[a-z0-9-]{8,120}$/);

const healthcheck: Reader<HealthcheckSpec> = objectWith(
  { test: nonEmpty(array(string)) },
  {
    intervalMs: integer(1),
    timeoutMs: integer(1),
    startPeriodMs: integer(0),
    startIntervalMs: integer(1),
    retries: integer(1),
  },
);

const restart: Reader<RestartSpec> = objectWith(
  { policy: oneOf('no', 'on-failure', 'always', 'unless-stopped') },
  { maxRetries: integer(0) },
);

const containerSpec: Reader<ContainerSpec> = objectWith(
  {
    image: string,
    environment: record(string),
    labels: record(string),
    restart,
    stopGraceMs: integer(),
    readOnly: boolean,
    tmpfs: record(string),
    capAdd: array(string),
    capDrop: array(string),
    init: boolean,
    reservedMemoryBytes: integer(),
    reservedCpuMillis: integer(),
    limitPids: integer(),
  },
  {
    command: array(string),
    entrypoint: array(string),
    healthcheck,
    health: readHealth,
    socket: boolean,
    metrics: readMetrics,
    stopSignal: string,
    user: string,
    workingDir: string,
    platform: oneOf('linux/amd64', 'linux/arm64'),
    limitCpuMillis: integer(),
    limitMemoryBytes: integer(),
    gpuCapabilities: array(string),
  },
);

const portBinding: Reader<PortBinding> = object({
  name: string,
  container: integer(),
  protocol: oneOf('tcp', 'udp'),
  host: integer(),
});

const assignment: Reader<Assignment> = objectWith(
  {
    task: taskId,
    stack: string,
    service: string,
    slot: integer(1),
    revision: integer(1),
    wanted: oneOf('run', 'drain', 'stop'),
    spec: string,
    ports: array(portBinding),
  },
  { gpus: array(string) },
);

const pace = { pollMs: integer(100), beatMs: integer(1000) };
const socketPace = { socketPollMs: integer(100) };

const agentArchive: Reader<AgentArchive> = object({
  bucket: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  key: matching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,500}$/),
  sha256: matching(/^[0-9a-f]{64}$/),
});

const wantedAgent: Reader<WantedAgent> = objectWith(
  {
    version: matching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/),
    request: integer(1),
    trialMs: integer(1000, 600_000),
  },
  { archive: agentArchive },
);

const manifestShape: Reader<Manifest> = objectWith(
  {
    ...pace,
    host: hostId,
    generation: integer(0),
    specs: record(containerSpec),
    assignments: array(assignment),
  },
  { ...socketPace, agent: wantedAgent },
);

/** A manifest, whole: each assignment's spec is in it, and no task is named twice. */
export const readManifest: Reader<Manifest> = (value, path) => {
  const manifest = manifestShape(value, path);
  const named = new Set<string>();
  for (const { task, spec } of manifest.assignments) {
    if (!Object.hasOwn(manifest.specs, spec))
      throw new ReadError(`${path}.specs`, `the spec ${spec} of ${task}`);
    if (named.has(task)) throw new ReadError(`${path}.assignments`, `task ${task} once`);
    named.add(task);
  }
  return manifest;
};

export const readRegistrationReply: Reader<RegistrationReply> = objectWith(
  { ...pace, host: hostId, generation: integer(0), zone: string },
  socketPace,
);
export const readReportReply: Reader<ReportReply> = objectWith(
  { generation: integer(0) },
  { takesLayers: boolean },
);
const neighbour: Reader<Neighbour> = object({ host: hostId, address: matching(/^\d{1,3}(?:\.\d{1,3}){3}$/) });
const beatReplyShape = objectWith(
  { ...pace, generation: integer(0) },
  { ...socketPace, neighbours: array(neighbour) },
);
/** An older control plane names no neighbours. */
export const readBeatReply: Reader<BeatReply> = (value, path) => ({
  neighbours: [],
  ...beatReplyShape(value, path),
});

function nonEmpty<T>(read: Reader<T[]>): Reader<T[]> {
  return (value, path) => {
    const items = read(value, path);
    if (items.length === 0) throw new ReadError(path, 'at least one item');
    return items;
  };
}
