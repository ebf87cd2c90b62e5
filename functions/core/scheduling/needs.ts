/** What one task asks of a host, and what a host still has. */
import type { Architecture, ClusterSettings } from '../model/cluster.ts';
import type { Capacity, Host } from '../model/host.ts';
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
}

/** A host as placement sees it; also one that does not exist yet (`expected`). */
export interface Candidate {
  readonly id: string;
  readonly architecture: Architecture;
  readonly schedulable: Capacity;
  readonly assignments: readonly Assignment[];
  /** Tasks that have ended: they hold their ports until they leave the manifest, but nothing else. */
  readonly ended: ReadonlySet<string>;
}

/** Kept free for the agent, Docker and the kernel. */
export const SYSTEM_MEMORY_SHARE = 0.05;

export const schedulable = (capacity: Capacity): Capacity => ({
  ...capacity,
  memoryBytes: Math.floor(capacity.memoryBytes * (1 - SYSTEM_MEMORY_SHARE)),
});

export function needsOf(
  key: { stack: string; service: string; slot: number; revision: number },
  service: RevisionService,
  settings: ClusterSettings,
): TaskNeeds {
  const { resources, ports, maxReplicasPerHost, platform } = service.spec;
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
  };
}

export function candidateOf(
  host: Host,
  assignments: readonly Assignment[],
  report: HostReport | null,
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
  };
}

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
