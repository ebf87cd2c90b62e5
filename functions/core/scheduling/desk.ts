/**
 * What is known of every host while one group of alike tasks is placed: whether it fits, and how well. Arrays by host
 * number that are used again for the next group, so that a placement allocates nothing per host.
 *
 *   order of preference
 *   ------------------------------------------------------------------------------------
 *   no task of this replica failed there last
 *   spread: the fewest replicas of the service in its zone (or what the file prefers)
 *   affinity: the most of the services beside which it rather runs
 *   spread: the fewest replicas of the service on the host
 *   image: the fewest missing bytes, in steps
 *   packing: the least leftover of cpu and memory, evenly
 *   chance, by the seed
 */
import { countDomains, domainsOf, spreadOf, type DomainCounts, type Domains } from './domains.ts';
import { FILTERS, refusedHost, refusedKind, refusedRoom, type FilterName } from './filters.ts';
import type { Fleet, Presence } from './fleet.ts';
import { heapArrays, type HeapArrays } from './host-heaps.ts';
import { isOfOneHost } from './host-labels.ts';
import { rulesOf, type TaskNeeds } from './needs.ts';

/** Less than this is no reason to prefer a host: it is fetched in a second. */
export const IMAGE_STEP_BYTES = 16 * 1024 * 1024;
/** How much it counts that cpu and memory are left over unevenly: what is left of the one is of no use alone. */
export const BALANCE = 2;
/** Leftovers are compared in steps of a ten-thousandth: smaller differences mean nothing. */
export const LEFTOVER_STEPS = 10_000;

/** Codes of `verdict`: 0 fits, else one more than the filter's number. */
export const filterOf = (code: number): FilterName => FILTERS[code - 1] ?? 'state';
const CODES = new Map<FilterName | null, number>(FILTERS.map((filter, index) => [filter, index + 1]));
const codeOf = (filter: FilterName | null): number => (filter === null ? 0 : (CODES.get(filter) ?? 0));
const APART = codeOf('anti-affinity');
const MAX_PER_HOST = codeOf('max-per-host');

export interface Desk {
  readonly fleet: Fleet;
  readonly verdict: Uint8Array;
  /** Other replicas of the service on the host. */
  readonly others: Int32Array;
  /** 1: a service is there from which it keeps away. */
  readonly apart: Uint8Array;
  /** Services of its affinity that are there. */
  readonly beside: Uint8Array;
  readonly imageStep: Int32Array;
  readonly leftover: Int32Array;
  readonly heaps: HeapArrays;
  readonly spreads: Map<string, Domains>;
}

/** One group at the desk. */
export interface Sitting {
  readonly desk: Desk;
  readonly needs: TaskNeeds;
  readonly kindCodes: Uint8Array;
  readonly hasHostRules: boolean;
  readonly presence: Presence;
  readonly domains: Domains;
  readonly counts: DomainCounts;
  /** False: replicas on a host are not counted against it. */
  readonly isSpread: boolean;
  readonly avoidsItself: boolean;
  /** Null: the layers of its image are not known. */
  readonly missing: Float64Array | null;
}

export function createDesk(fleet: Fleet): Desk {
  const size = fleet.hosts.length;
  return {
    fleet,
    verdict: new Uint8Array(size),
    others: new Int32Array(size),
    apart: new Uint8Array(size),
    beside: new Uint8Array(size),
    imageStep: new Int32Array(size),
    leftover: new Int32Array(size),
    heaps: heapArrays(size),
    spreads: new Map(),
  };
}

/** Judges every host for this kind of task. */
export function sitDown(desk: Desk, needs: TaskNeeds): Sitting {
  const { fleet } = desk;
  const rules = rulesOf(needs);
  const presence = fleet.presence(needs.stack, needs.service);
  const keys = spreadOf(needs);
  const domains = spreadDomains(desk, keys ?? []);
  desk.others.fill(0);
  for (const [host, slots] of presence) desk.others[host] = slots.length;
  const apart = [...rules.antiAffinity, ...(needs.avoidedBy ?? [])];
  markCompany(
    desk.apart,
    fleet,
    needs.stack,
    apart.filter((name) => name !== needs.service),
  );
  markCompany(desk.beside, fleet, needs.stack, rules.affinity);
  const sitting: Sitting = {
    desk,
    needs,
    kindCodes: Uint8Array.from(fleet.kinds, (kind) => codeOf(refusedKind(needs, kind))),
    hasHostRules: fleet.hasUnavailable || rules.constraints.some(({ key }) => isOfOneHost(key)),
    presence,
    domains,
    counts: countDomains(domains, presence),
    isSpread: keys !== null,
    avoidsItself: apart.includes(needs.service),
    missing: needs.image === undefined ? null : fleet.images.missing(needs.image, needs.architecture),
  };
  for (let host = 0; host < fleet.hosts.length; host += 1) judge(sitting, host);
  return sitting;
}

function spreadDomains({ fleet, spreads }: Desk, keys: readonly string[]): Domains {
  const name = keys.join(' ');
  const known = spreads.get(name);
  if (known !== undefined) return known;
  const domains = domainsOf(fleet, keys);
  spreads.set(name, domains);
  return domains;
}

/** On each host, how many of those services are there. */
function markCompany(marks: Uint8Array, fleet: Fleet, stack: string, services: readonly string[]): void {
  marks.fill(0);
  for (const service of new Set(services))
    for (const [host] of fleet.presence(stack, service)) marks[host] = (marks[host] ?? 0) + 1;
}

/** Notes whether the host fits, and how well. To be asked again whenever something of the host has changed. */
export function judge(sitting: Sitting, host: number): void {
  const { desk } = sitting;
  const code = verdictOn(sitting, host);
  desk.verdict[host] = code;
  if (code !== 0) return;
  desk.imageStep[host] = Math.floor((sitting.missing?.[host] ?? 0) / IMAGE_STEP_BYTES);
  desk.leftover[host] = leftoverOf(desk.fleet, sitting.needs, host);
}

function verdictOn(sitting: Sitting, host: number): number {
  const { desk, needs } = sitting;
  const { fleet } = desk;
  if (sitting.hasHostRules) {
    const code = codeOf(refusedHost(needs, fleet.hosts[host]));
    if (code !== 0) return code;
  }
  const kindCode = sitting.kindCodes[fleet.kindOf[host] ?? 0] ?? 0;
  if (kindCode !== 0) return kindCode;
  const others = desk.others[host] ?? 0;
  if (desk.apart[host] !== 0 || (sitting.avoidsItself && others > 0)) return APART;
  if (needs.maxReplicasPerHost !== undefined && others >= needs.maxReplicasPerHost) return MAX_PER_HOST;
  return codeOf(refusedRoom(fleet, needs, host));
}

/** In steps; the mean of what would stay free of cpu and memory, and more where they differ. */
function leftoverOf(fleet: Fleet, needs: TaskNeeds, host: number): number {
  const cpu = shareLeft(fleet.free.cpuMillis[host], needs.cpuMillis, fleet.totalCpuMillis[host]);
  const memory = shareLeft(fleet.free.memoryBytes[host], needs.memoryBytes, fleet.totalMemoryBytes[host]);
  return Math.round(((cpu + memory) / 2 + BALANCE * Math.abs(cpu - memory)) * LEFTOVER_STEPS);
}

export const shareLeft = (free = 0, needed = 0, total = 0): number =>
  total === 0 ? 0 : (free - needed) / total;

/** What decided between the best host and the second best. */
export type Criterion = 'alone' | 'failed' | 'zone' | 'affinity' | 'host' | 'image' | 'packing' | 'chance';

/** Negative: host `a` comes first. Hosts of one leaf, neither of which is one where the replica failed. */
export function compareInLeaf({ desk, isSpread }: Sitting, a: number, b: number): number {
  const { beside, others, imageStep, leftover } = desk;
  return (
    (beside[b] ?? 0) - (beside[a] ?? 0) ||
    (isSpread ? (others[a] ?? 0) - (others[b] ?? 0) : 0) ||
    (imageStep[a] ?? 0) - (imageStep[b] ?? 0) ||
    (leftover[a] ?? 0) - (leftover[b] ?? 0) ||
    (desk.fleet.chance[a] ?? 0) - (desk.fleet.chance[b] ?? 0) ||
    a - b
  );
}
