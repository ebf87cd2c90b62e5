/**
 * A container spec in Docker's words: pure.
 *
 * Defaults that every container gets (a file can loosen only what it names): Docker's capability set without NET_RAW,
 * no-new-privileges, a pids limit, its logs rotated, no restart by Docker, no namespace of the host, no Docker socket.
 */
import type { Assignment, ContainerSpec } from '../../contract/agent-protocol.ts';
import { LABELS, type CreateOptions, type Mount } from './engine.ts';

export interface Place {
  readonly cluster: string;
  readonly host: string;
  /** Of the engine: Docker refuses a CPU limit above them. */
  readonly cpus: number;
  /** What the agent itself puts into the container, and what of it the container's processes are told. */
  readonly mounts?: readonly Mount[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Docker refuses memory limits and reservations below this (linuxMinMemory in moby's daemon_unix.go). */
const DOCKER_MIN_MEMORY_BYTES = 6 * 1024 * 1024;
const NANOS_PER_MS = 1_000_000;
/** cgroup v1: a share of 1024 is one CPU's worth; 2 is the kernel's minimum. */
const SHARES_PER_CPU = 1024;

export function createOptions(assignment: Assignment, spec: ContainerSpec, place: Place): CreateOptions {
  return {
    Image: spec.image,
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    ...(spec.healthcheck === undefined ? {} : { Healthcheck: healthcheck(spec.healthcheck) }),
    Env: Object.entries({ ...ownVariables(assignment, place), ...spec.environment }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    Labels: { ...spec.labels, ...ownLabels(assignment, place) },
    StopTimeout: Math.ceil(spec.stopGraceMs / 1000),
    ExposedPorts: Object.fromEntries(assignment.ports.map((port) => [portKey(port), {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(
        assignment.ports.map((port) => [portKey(port), [{ HostIp: '0.0.0.0', HostPort: String(port.host) }]]),
      ),
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      ...capabilities(spec),
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      CgroupnsMode: 'private',
      ReadonlyRootfs: spec.readOnly,
      Tmpfs: spec.tmpfs,
      Init: spec.init,
      PidsLimit: spec.limitPids,
      ...limits(spec, place),
      ...devices(assignment, spec),
      ...(place.mounts === undefined || place.mounts.length === 0 ? {} : { Mounts: place.mounts }),
    },
  };
}

const portKey = (port: Assignment['ports'][number]): string => `${port.container}/${port.protocol}`;

/** Without GPUs of its own it sees none, whatever the host has. */
function devices(
  { gpus = [] }: Assignment,
  { gpuCapabilities = ['gpu'] }: ContainerSpec,
): Pick<CreateOptions['HostConfig'], 'DeviceRequests'> {
  if (gpus.length === 0) return {};
  return { DeviceRequests: [{ Driver: 'nvidia', DeviceIDs: gpus, Capabilities: [gpuCapabilities] }] };
}

function ownLabels(assignment: Assignment, place: Place): Record<string, string> {
  return {
    [LABELS.cluster]: place.cluster,
    [LABELS.task]: assignment.task,
    [LABELS.stack]: assignment.stack,
    [LABELS.service]: assignment.service,
    [LABELS.slot]: String(assignment.slot),
    [LABELS.revision]: String(assignment.revision),
    [LABELS.spec]: assignment.spec,
  };
}

/** What a process may want to know of its place; a file that sets one of these has the last word. */
function ownVariables(assignment: Assignment, place: Place): Record<string, string> {
  return {
    BERTH_STACK: assignment.stack,
    BERTH_SERVICE: assignment.service,
    BERTH_REPLICA: `${assignment.service}-${assignment.slot}`,
    BERTH_TASK: assignment.task,
    BERTH_REVISION: String(assignment.revision),
    BERTH_HOST: place.host,
    ...place.variables,
  };
}

function capabilities(spec: ContainerSpec): { CapAdd: string[]; CapDrop: string[] } {
  const add = spec.capAdd.map(plainCapability);
  const drop = spec.capDrop.map(plainCapability);
  const asked = add.includes('NET_RAW') || add.includes('ALL');
  const dropped = drop.includes('NET_RAW') || drop.includes('ALL');
  return { CapAdd: add, CapDrop: asked || dropped ? drop : [...drop, 'NET_RAW'] };
}

const plainCapability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');

function healthcheck(
  check: NonNullable<ContainerSpec['healthcheck']>,
): NonNullable<CreateOptions['Healthcheck']> {
  const nanos = (key: string, ms: number | undefined): Record<string, number> =>
    ms === undefined ? {} : { [key]: ms * NANOS_PER_MS };
  return {
    Test: check.test,
    ...nanos('Interval', check.intervalMs),
    ...nanos('Timeout', check.timeoutMs),
    ...nanos('StartPeriod', check.startPeriodMs),
    ...nanos('StartInterval', check.startIntervalMs),
    ...(check.retries === undefined ? {} : { Retries: check.retries }),
  };
}

type Limits = Pick<
  CreateOptions['HostConfig'],
  'Memory' | 'MemorySwap' | 'MemoryReservation' | 'NanoCpus' | 'CpuShares'
>;

function limits(spec: ContainerSpec, place: Place): Limits {
  const memory = spec.limitMemoryBytes;
  const reserved = Math.min(spec.reservedMemoryBytes, memory ?? Infinity);
  const cpuMillis = spec.limitCpuMillis;
  return {
    // Swap beyond the limit would only hide that it is too small.
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
    ...(reserved < DOCKER_MIN_MEMORY_BYTES ? {} : { MemoryReservation: reserved }),
    ...(cpuMillis === undefined ? {} : { NanoCpus: Math.min(cpuMillis, place.cpus * 1000) * NANOS_PER_MS }),
    CpuShares: Math.max(2, Math.round((spec.reservedCpuMillis * SHARES_PER_CPU) / 1000)),
  };
}
