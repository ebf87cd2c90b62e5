/** What one task asks of a host, and what a host still has. */
import type { Architecture, ClusterSettings } from '../model/cluster.ts';
import type { Capacity, Host } from '../model/host.ts';
import {
  NO_RULES,
  normalImage,
  type GpuNeeds,
  type HostImage,
  type PlacementRules,
  type PoolTraits,
} from '../model/placement.ts';
import type { PortSpec, RevisionService } from '../model/service-spec.ts';
import { hasEnded, type Assignment, type HostReport } from '../model/task.ts';

export interface TaskNeeds {
  readonly stack: string;
  readonly service: string;
  readonly slot: number;
  readonly revision: number;
  readonly digest: string;
  readonly architecture: Architecture;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly ports: readonly PortSpec[];
  readonly maxReplicasPerHost: number | undefined;
  readonly diskBytes?: number | undefined;
  readonly gpus?: GpuNeeds | undefined;
  /** As the file names it. Absent: no host is better for it than another. */
  readonly image?: string | undefined;
  /** Of its service; from two on they are spread. Absent: one. */
  readonly replicas?: number | undefined;
  /** Absent: `NO_RULES`. */
  readonly rules?: PlacementRules | undefined;
  /** Services of the stack that name it in their `antiAffinity`: they keep away from each other. */
  readonly avoidedBy?: readonly string[] | undefined;
  /** Hosts on which tasks of this replica failed last. */
  readonly failedOn?: readonly string[] | undefined;
}

/** A host as placement sees it; also one that does not exist yet (`expected`). */
export interface Candidate {
  readonly id: string;
  readonly architecture: Architecture;
  readonly schedulable: Capacity;
  readonly assignments: readonly Assignment[];
  /** Tasks that have ended: they hold their ports until they leave the manifest, but nothing else. */
  readonly ended: ReadonlySet<string>;
  /** Absent: `DEFAULT_POOL`. */
  readonly pool?: PoolTraits | undefined;
  readonly zone?: string | null | undefined;
  readonly instanceType?: string | undefined;
  readonly images?: readonly HostImage[] | undefined;
  /** Why it takes nothing now, in an operator's words. Absent: it does. */
  readonly unavailable?: string | undefined;
}

/** Kept free for the agent, Docker and the kernel. */
export const SYSTEM_MEMORY_SHARE = 0.05;
/** Kept free for images, logs and what containers write: Docker limits none of it. */
export const SYSTEM_DISK_SHARE = 0.3;

export const schedulable = (capacity: Capacity): Capacity => ({
  ...capacity,
  memoryBytes: Math.floor(capacity.memoryBytes * (1 - SYSTEM_MEMORY_SHARE)),
  ...(capacity.diskBytes === undefined
    ? {}
    : { diskBytes: Math.floor(capacity.diskBytes * (1 - SYSTEM_DISK_SHARE)) }),
});

/** Its service, and the others of its revision by name. */
export interface NeedsOf extends RevisionService {
  readonly siblings?: Readonly<Record<string, RevisionService>> | undefined;
  /** As many as are wanted now; absent: as the document says. */
  readonly replicas?: number | undefined;
  readonly failedOn?: readonly string[] | undefined;
}

export function needsOf(
  key: { stack: string; service: string; slot: number; revision: number },
  service: NeedsOf,
  settings: ClusterSettings,
): TaskNeeds {
  const { resources, ports, maxReplicasPerHost, platform, image, replicas, placement } = service.spec;
  const avoidedBy = Object.entries(service.siblings ?? {}).flatMap(([name, { spec }]) =>
    spec.placement?.antiAffinity.includes(key.service) === true ? [name] : [],
  );
  return {
    ...key,
    digest: service.digest,
    architecture:
      platform === undefined ? settings.pool.architecture : platform === 'linux/arm64' ? 'arm64' : 'x86_64',
    cpuMillis: resources.reservedCpuMillis,
    memoryBytes: resources.reservedMemoryBytes,
    pids: resources.limitPids,
    ports,
    maxReplicasPerHost,
    diskBytes: resources.reservedDiskBytes,
    gpus: resources.gpus,
    image: normalImage(image),
    replicas: service.replicas ?? replicas,
    rules: placement,
    avoidedBy,
    failedOn: service.failedOn,
  };
}

export const rulesOf = (needs: TaskNeeds): PlacementRules => needs.rules ?? NO_RULES;

export function candidateOf(
  host: Host,
  assignments: readonly Assignment[],
  report: HostReport | null,
  pool?: PoolTraits,
): Candidate {
  const ended = new Set<string>(
    report?.tasks.filter((task) => hasEnded(task.phase)).map((task) => task.task),
  );
  return {
    id: host.id,
    architecture: host.launch.architecture,
    schedulable: schedulable(host.capacity),
    assignments,
    ended,
    pool,
    zone: host.zone,
    instanceType: host.launch.instanceType,
    images: report?.images,
  };
}

/** What is left of the host's capacity; pool, labels and ports are no part of it. */
export function freeOf(candidate: Candidate): Capacity {
  const used = candidate.assignments.filter((assignment) => !candidate.ended.has(assignment.task));
  const sum = (pick: (assignment: Assignment) => number): number =>
    used.reduce((total, one) => total + pick(one), 0);
  return {
    cpuMillis: candidate.schedulable.cpuMillis - sum((one) => one.cpuMillis),
    memoryBytes: candidate.schedulable.memoryBytes - sum((one) => one.memoryBytes),
    pids: candidate.schedulable.pids - sum((one) => one.pids),
  };
}
