/** Feasibility: each filter checks one thing and explains its refusal in an operator's words. */
import type { Capacity } from '../model/host.ts';
import { HOST_PORT_COUNT } from './ports.ts';
import type { Candidate, TaskNeeds } from './needs.ts';

export type FilterName = 'architecture' | 'cpu' | 'memory' | 'pids' | 'ports' | 'max-per-host';

export interface Refusal {
  readonly host: string;
  readonly filter: FilterName;
  readonly message: string;
}

type Filter = (needs: TaskNeeds, candidate: Candidate, free: Capacity) => string | null;

const MIB = 1024 * 1024;
const mib = (bytes: number): string => `${Math.floor(Math.max(0, bytes) / MIB)} MiB`;

const FILTERS: readonly (readonly [FilterName, Filter])[] = [
  [
    'architecture',
    (needs, candidate) =>
      needs.architecture === candidate.architecture
        ? null
        : `needs ${needs.architecture}, the host is ${candidate.architecture}`,
  ],
  [
    'cpu',
    (needs, _candidate, free) =>
      needs.cpuMillis <= free.cpuMillis
        ? null
        : `needs ${needs.cpuMillis / 1000} vCPU, ${Math.max(0, free.cpuMillis) / 1000} of it free`,
  ],
  [
    'memory',
    (needs, _candidate, free) =>
      needs.memoryBytes <= free.memoryBytes
        ? null
        : `needs ${mib(needs.memoryBytes)} of memory, ${mib(free.memoryBytes)} free`,
  ],
  [
    'pids',
    (needs, _candidate, free) =>
      needs.pids <= free.pids ? null : `needs ${needs.pids} process ids, ${Math.max(0, free.pids)} free`,
  ],
  [
    'ports',
    (needs, candidate) => {
      const used = candidate.assignments.reduce((total, one) => total + one.ports.length, 0);
      return used + needs.ports.length <= HOST_PORT_COUNT
        ? null
        : `needs ${needs.ports.length} host ports, ${HOST_PORT_COUNT - used} free`;
    },
  ],
  [
    'max-per-host',
    (needs, candidate) => {
      const others = otherReplicas(needs, candidate);
      return needs.maxReplicasPerHost === undefined || others < needs.maxReplicasPerHost
        ? null
        : `already has ${others} of at most ${needs.maxReplicasPerHost} replicas of ${needs.service} per host`;
    },
  ],
];

/** Replicas of the service that stay there; the one that this task replaces does not count (start-first). */
export function otherReplicas(needs: TaskNeeds, candidate: Candidate): number {
  const slots = candidate.assignments
    .filter((one) => one.stack === needs.stack && one.service === needs.service)
    .filter((one) => one.wanted === 'run' && one.slot !== needs.slot)
    .map((one) => one.slot);
  return new Set(slots).size;
}

/** The first filter that refuses, or null: the task fits. */
export function refuse(needs: TaskNeeds, candidate: Candidate, free: Capacity): Refusal | null {
  for (const [filter, check] of FILTERS) {
    const message = check(needs, candidate, free);
    if (message !== null) return { host: candidate.id, filter, message };
  }
  return null;
}
