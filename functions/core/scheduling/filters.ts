/**
 * Feasibility: each filter checks one thing and explains its refusal in an operator's words. Checking and explaining are
 * apart: a plan checks every host and explains a few.
 */
import type { TaskNeeds } from './needs.ts';
import { rulesOf } from './needs.ts';
import type { Fleet } from './fleet.ts';
import { chooseGpus, showGpus } from './gpus.ts';
import { isOfOneHost, labelOf, obeys, showConstraint, showTaint, tolerates } from './host-labels.ts';
import { DEFAULT_POOL } from '../model/placement.ts';
import type { Candidate } from './needs.ts';

/** In the order in which they are asked: what no waiting mends comes first. */
export const FILTERS = [
  'state',
  'pool',
  'architecture',
  'constraint',
  'taint',
  'anti-affinity',
  'max-per-host',
  'cpu',
  'memory',
  'pids',
  'disk',
  'ports',
  'gpus',
] as const;
export type FilterName = (typeof FILTERS)[number];

const ROOM: ReadonlySet<FilterName | null> = new Set(['cpu', 'memory', 'pids', 'disk', 'ports', 'gpus']);
/** Whether less on the host would mend it. */
export const isRoom = (filter: FilterName | null): boolean => ROOM.has(filter);

export interface Refusal {
  readonly host: string;
  readonly filter: FilterName;
  readonly message: string;
}

/** Of its kind alone. Null: nothing against it. */
export function refusedKind(needs: TaskNeeds, kind: Candidate): FilterName | null {
  const { pool, constraints, tolerations } = rulesOf(needs);
  const own = kind.pool ?? DEFAULT_POOL;
  if (pool !== undefined && pool !== own.name) return 'pool';
  if (needs.architecture !== kind.architecture) return 'architecture';
  if (!constraints.every((one) => isOfOneHost(one.key) || obeys(kind, one))) return 'constraint';
  return own.taints.every((taint) => tolerates(tolerations, taint)) ? null : 'taint';
}

/** Of this one host, whatever room it has. */
export function refusedHost(needs: TaskNeeds, host: Candidate | undefined): FilterName | null {
  if (host === undefined || host.unavailable !== undefined) return 'state';
  return rulesOf(needs).constraints.every((one) => !isOfOneHost(one.key) || obeys(host, one))
    ? null
    : 'constraint';
}

/** Other replicas of the service there, and services that keep away from it or from which it keeps away. */
export interface Company {
  readonly others: number;
  readonly avoided: readonly string[];
}

export function refusedRoom(fleet: Fleet, needs: TaskNeeds, host: number): FilterName | null {
  const { free } = fleet;
  if (needs.cpuMillis > (free.cpuMillis[host] ?? 0)) return 'cpu';
  if (needs.memoryBytes > (free.memoryBytes[host] ?? 0)) return 'memory';
  if (needs.pids > (free.pids[host] ?? 0)) return 'pids';
  if ((needs.diskBytes ?? 0) > Math.max(0, free.diskBytes[host] ?? 0)) return 'disk';
  if (needs.ports.length > (free.ports[host] ?? 0)) return 'ports';
  if (needs.gpus !== undefined && chooseGpus(needs.gpus, fleet.gpus(host)) === null) return 'gpus';
  return null;
}

const MIB = 1024 * 1024;
const mib = (bytes: number): string => `${Math.floor(Math.max(0, bytes) / MIB)} MiB`;
/** Upwards: what is said to be needed is enough. */
const mibUp = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`;

/** Why that filter refuses that host. */
export function explainRefusal(
  filter: FilterName,
  needs: TaskNeeds,
  fleet: Fleet,
  { number, company }: { readonly number: number; readonly company: Company },
): string {
  const host = fleet.hosts[number];
  if (host === undefined) return 'there is no such host';
  const free = (of: Exclude<keyof Fleet['free'], 'ports'>): number => fleet.free[of][number] ?? 0;
  switch (filter) {
    case 'cpu':
      return `needs ${needs.cpuMillis / 1000} vCPU, ${Math.max(0, free('cpuMillis')) / 1000} of it free`;
    case 'memory':
      return `needs ${mibUp(needs.memoryBytes)} of memory, ${mib(free('memoryBytes'))} free`;
    case 'pids':
      return `needs ${needs.pids} process ids, ${Math.max(0, free('pids'))} free`;
    case 'disk':
      return `needs ${mibUp(needs.diskBytes ?? 0)} of disk, ${mib(free('diskBytes'))} free`;
    case 'ports':
      return `needs ${needs.ports.length} host ports, ${Math.max(0, fleet.free.ports[number] ?? 0)} free`;
    case 'gpus':
      return gpuWords(needs, host, fleet, number);
    default:
      return explainRule(filter, needs, host, company);
  }
}

function gpuWords(needs: TaskNeeds, host: Candidate, fleet: Fleet, number: number): string {
  if (needs.gpus === undefined) return 'needs no GPU';
  const wanted = showGpus(needs.gpus);
  const total = host.schedulable.gpus?.length ?? 0;
  if (total === 0) return `needs ${wanted}, the host has none`;
  const free = [...fleet.gpus(number).values()];
  if (needs.gpus.sharePercent < 100)
    return `needs ${wanted}, at most ${Math.max(0, ...free)} % of one is free`;
  return `needs ${wanted}, ${free.filter((percent) => percent >= 100).length} of ${total} free`;
}

function explainRule(filter: FilterName, needs: TaskNeeds, host: Candidate, company: Company): string {
  const { pool, constraints, tolerations } = rulesOf(needs);
  const own = host.pool ?? DEFAULT_POOL;
  switch (filter) {
    case 'state':
      return host.unavailable ?? 'takes no tasks';
    case 'pool':
      return `needs the pool ${pool ?? ''}, the host is in ${own.name}`;
    case 'architecture':
      return `needs ${needs.architecture}, the host is ${host.architecture}`;
    case 'constraint': {
      const broken = constraints.filter((one) => !obeys(host, one));
      const words = broken.map(
        (one) => `${showConstraint(one)} (it is ${labelOf(host, one.key) ?? 'not set'})`,
      );
      return `breaks the constraint ${words.join(', ')}`;
    }
    case 'taint': {
      const taints = own.taints.filter((taint) => !tolerates(tolerations, taint));
      return `has the taint ${taints.map(showTaint).join(', ')}, which the service does not tolerate`;
    }
    case 'anti-affinity':
      return `runs ${company.avoided.join(', ')}, from which ${needs.service} is kept apart (antiAffinity)`;
    default:
      return `already has ${company.others} of at most ${needs.maxReplicasPerHost ?? 0} replicas of ${needs.service} per host`;
  }
}
