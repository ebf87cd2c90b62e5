/**
 * The hosts of one pass, indexed once: what each has free in plain number arrays, which hosts are alike, and where the
 * services of the batch run. Placing a task changes a few numbers here and copies nothing.
 *
 * Hosts are numbered in the order of their ids, so that no plan depends on the order in which they were read.
 */
import { DEFAULT_POOL } from '../model/placement.ts';
import { hash32 } from '../random.ts';
import { freeGpus, takeGpus, type FreeGpus } from './gpus.ts';
import { createImageIndex, type ImageIndex } from './images.ts';
import { rulesOf, type Candidate, type TaskNeeds } from './needs.ts';
import { HOST_PORT_COUNT, takenPorts } from './ports.ts';

/** By host number. What is not counted (a disk that nobody told of) is free without end. */
export interface FreeRoom {
  readonly cpuMillis: Float64Array;
  readonly memoryBytes: Float64Array;
  readonly pids: Float64Array;
  readonly diskBytes: Float64Array;
  readonly ports: Int32Array;
}

/** Replicas of one service that are to run: host number -> their slots, each once. */
export type Presence = Map<number, number[]>;

export interface Fleet {
  readonly hosts: readonly Candidate[];
  readonly free: FreeRoom;
  readonly totalCpuMillis: Float64Array;
  readonly totalMemoryBytes: Float64Array;
  /** Decides between equals. */
  readonly chance: Uint32Array;
  /** Hosts of one kind have the same architecture, pool, zone and instance type: what holds for one holds for all. */
  readonly kindOf: Int32Array;
  /** One host of each kind. */
  readonly kinds: readonly Candidate[];
  readonly images: ImageIndex;
  /** Some host takes no tasks now. */
  readonly hasUnavailable: boolean;
  presence(stack: string, service: string): Presence;
  /** Host ports in use; asked only of hosts that are chosen. */
  ports(host: number): Set<number>;
  gpus(host: number): FreeGpus;
}

export function buildFleet(
  candidates: readonly Candidate[],
  batch: readonly TaskNeeds[],
  seed: string,
): Fleet {
  const hosts = [...candidates].sort((a, b) => (a.id < b.id ? -1 : 1));
  const floats = (): Float64Array => new Float64Array(hosts.length);
  const presences = wantedPresences(batch);
  const { kindOf, kinds } = kindsOf(hosts);
  const [portsOf, gpusOf] = [new Map<number, Set<number>>(), new Map<number, FreeGpus>()];
  const fleet: Fleet = {
    hosts,
    free: {
      cpuMillis: floats(),
      memoryBytes: floats(),
      pids: floats(),
      diskBytes: floats(),
      ports: new Int32Array(hosts.length),
    },
    totalCpuMillis: floats(),
    totalMemoryBytes: floats(),
    chance: Uint32Array.from(hosts, ({ id }) => hash32(`${seed}/${id}`)),
    kindOf,
    kinds,
    images: createImageIndex(hosts),
    hasUnavailable: hosts.some(({ unavailable }) => unavailable !== undefined),
    presence: (stack, service) => presences.get(stack)?.get(service) ?? new Map(),
    ports: (host) => known(portsOf, host, () => takenPorts(hosts[host]?.assignments ?? [])),
    gpus: (host) => known(gpusOf, host, () => gpusOn(hosts[host])),
  };
  hosts.forEach((host, index) => readHost(fleet, host, index, presences));
  return fleet;
}

function known<Value>(values: Map<number, Value>, key: number, make: () => Value): Value {
  const before = values.get(key);
  if (before !== undefined) return before;
  const value = make();
  values.set(key, value);
  return value;
}

const gpusOn = (host: Candidate | undefined): FreeGpus =>
  host === undefined ? new Map<string, number>() : freeGpus(host);

type Presences = Map<string, Map<string, Presence>>;

/** Empty ones for the services that the batch places, or that these name. */
function wantedPresences(batch: readonly TaskNeeds[]): Presences {
  const presences: Presences = new Map();
  let last: TaskNeeds | undefined;
  for (const needs of batch) {
    if (needs.stack === last?.stack && needs.service === last.service && needs.rules === last.rules) continue;
    last = needs;
    const ofStack = presences.get(needs.stack) ?? new Map<string, Presence>();
    presences.set(needs.stack, ofStack);
    const { affinity, antiAffinity } = rulesOf(needs);
    for (const service of [needs.service, ...affinity, ...antiAffinity, ...(needs.avoidedBy ?? [])])
      if (!ofStack.has(service)) ofStack.set(service, new Map());
  }
  return presences;
}

function readHost(fleet: Fleet, host: Candidate, index: number, presences: Presences): void {
  const { cpuMillis, memoryBytes, pids, diskBytes = Infinity } = host.schedulable;
  const free = { cpuMillis, memoryBytes, pids, diskBytes, ports: HOST_PORT_COUNT };
  for (const one of host.assignments) {
    free.ports -= one.ports.length;
    if (!host.ended.has(one.task)) {
      free.cpuMillis -= one.cpuMillis;
      free.memoryBytes -= one.memoryBytes;
      free.pids -= one.pids;
      free.diskBytes -= one.diskBytes ?? 0;
    }
    if (one.wanted !== 'run') continue;
    const presence = presences.get(one.stack)?.get(one.service);
    if (presence !== undefined) note(presence, index, one.slot);
  }
  fleet.totalCpuMillis[index] = cpuMillis;
  fleet.totalMemoryBytes[index] = memoryBytes;
  fleet.free.cpuMillis[index] = free.cpuMillis;
  fleet.free.memoryBytes[index] = free.memoryBytes;
  fleet.free.pids[index] = free.pids;
  fleet.free.diskBytes[index] = free.diskBytes;
  fleet.free.ports[index] = free.ports;
}

function note(presence: Presence, host: number, slot: number): void {
  const slots = presence.get(host);
  if (slots === undefined) presence.set(host, [slot]);
  else if (!slots.includes(slot)) slots.push(slot);
}

function kindsOf(hosts: readonly Candidate[]): { kindOf: Int32Array; kinds: Candidate[] } {
  const numbers = new Map<string, number>();
  const pools = new Map<object, string>();
  const kinds: Candidate[] = [];
  const kindOf = Int32Array.from(hosts, (host) => {
    const pool = host.pool ?? DEFAULT_POOL;
    let poolText = pools.get(pool);
    if (poolText === undefined) pools.set(pool, (poolText = JSON.stringify(pool)));
    const text = `${host.architecture}/${host.zone ?? ''}/${host.instanceType ?? ''}/${poolText}`;
    let number = numbers.get(text);
    if (number === undefined) {
      numbers.set(text, (number = kinds.length));
      kinds.push(host);
    }
    return number;
  });
  return { kindOf, kinds };
}

/** From now on the task is there. Its ports are taken by who chooses them. */
export function take(fleet: Fleet, host: number, needs: TaskNeeds, gpus: readonly string[]): void {
  occupy(fleet, host, needs);
  note(fleet.presence(needs.stack, needs.service), host, needs.slot);
  if (needs.gpus !== undefined) takeGpus(gpus, needs.gpus, fleet.gpus(host));
}

/** Keeps room for a task that comes later, also more than there is: what is free may fall below zero. */
export function occupy({ free }: Fleet, host: number, needs: TaskNeeds): void {
  free.cpuMillis[host] = (free.cpuMillis[host] ?? 0) - needs.cpuMillis;
  free.memoryBytes[host] = (free.memoryBytes[host] ?? 0) - needs.memoryBytes;
  free.pids[host] = (free.pids[host] ?? 0) - needs.pids;
  free.diskBytes[host] = (free.diskBytes[host] ?? 0) - (needs.diskBytes ?? 0);
  free.ports[host] = (free.ports[host] ?? 0) - needs.ports.length;
}
