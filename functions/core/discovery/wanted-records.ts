/**
 * The records that the zone shall hold, from what runs now.
 *
 *   host registered         A   h-<host>                        its address; never changes meaning
 *   task's container runs   A   <slot>.<service>.<stack>        its host's address, until the task is on its way out
 *   task is healthy         SRV _<port>._<proto>.<service>.<stack>   0 1 <host port> h-<host>
 *                           A   <service>.<stack>               addresses of the hosts of healthy tasks
 *
 * Of a slot with two tasks (as while one replaces the other) one is published: see `byPreference`.
 *
 * Fail open: when no task of a service is healthy, those that run, were served by SRV and are now `unhealthy` stay, and
 * so do those of a host whose beats are missing while no other host has seen it silent. One whose container has exited,
 * or is `starting` (new, or restarted after an exit), never does.
 */
import { hash32 } from '../random.ts';
import type { Host } from '../model/host.ts';
import { serviceKey } from '../model/ids.ts';
import type { RecordSet } from '../model/directory.ts';
import { hasEnded } from '../model/task.ts';
import { onePerSlot } from '../rollout/one-per-slot.ts';
import { isServing, isSickButUp, isUp, type TaskView } from '../rollout/task-view.ts';
import { hostName, replicaRecord, serviceName, serviceOwner, srvName, srvTarget } from './names.ts';

/** A UDP answer of 4,096 bytes holds about 55 SRV with their addresses; 32 leave room. */
export const ANSWERS_MAX = 32;

export interface WantedName {
  readonly owner: string;
  readonly records: readonly RecordSet[];
  /** Tasks that some record names, and whether an SRV does. */
  readonly tasks: ReadonlyMap<string, { readonly serving: boolean }>;
  /** Of its records, those of single replicas: the task of each, by name. */
  readonly replicas: ReadonlyMap<string, string>;
  /** Set when unhealthy tasks are kept because nothing better runs. */
  readonly failOpen: boolean;
}

export interface DiscoveryContext {
  readonly zone: string;
  readonly ttlSeconds: number;
}

type Addressed = Pick<Host, 'id' | 'address'>;

/** Null: it has no address yet. */
export const wantedHost = remembered(
  ({ id, address }: Addressed, { zone, ttlSeconds }): WantedName | null => {
    if (address === null) return null;
    const record: RecordSet = { name: hostName(zone, id), type: 'A', ttlSeconds, values: [address] };
    return { owner: id, records: [record], tasks: new Map(), replicas: new Map(), failOpen: false };
  },
);

/** `tasks`: all of one service. */
export const wantedService = remembered(nameOf);

/** For the same host or list of tasks, and an equal context, the same answer: those who come back know that nothing changed. */
function remembered<Key extends object>(
  make: (key: Key, context: DiscoveryContext) => WantedName | null,
): (key: Key, context: DiscoveryContext) => WantedName | null {
  const made = new WeakMap<Key, { readonly context: DiscoveryContext; readonly name: WantedName | null }>();
  return (key, context) => {
    const known = made.get(key);
    if (known !== undefined && isSame(known.context, context)) return known.name;
    const name = make(key, context);
    made.set(key, { context, name });
    return name;
  };
}

const isSame = (a: DiscoveryContext, b: DiscoveryContext): boolean =>
  a.zone === b.zone && a.ttlSeconds === b.ttlSeconds;

function nameOf(tasks: readonly TaskView[], context: DiscoveryContext): WantedName | null {
  const first = tasks[0]?.assignment;
  if (first === undefined) return null;
  const owner = serviceOwner(first.stack, first.service);
  const started = tasks.filter(isPublishable);
  const { serving, failOpen } = choose(started, tasks, serviceKey(first.stack, first.service));
  const shown = [...started, ...serving.filter((task) => !started.includes(task))];
  const named = onePerSlot(shown, byAddress);
  const addresses = named.map((task) => replicaAddress(task, owner, context));
  const records = [
    ...addresses,
    ...serviceAddresses(serving, owner, context),
    ...serviceTargets(serving, owner, context),
  ];
  const all = new Map(
    [...named, ...serving].map((task) => [
      task.assignment.task as string,
      { serving: serving.includes(task) },
    ]),
  );
  const replicas = new Map(addresses.map(({ name }, at) => [name, named[at]?.assignment.task ?? '']));
  return { owner, records, tasks: all, replicas, failOpen };
}

/** Its container has been started, it is meant to stay, and its host has an address and is trusted. */
function isPublishable(task: TaskView): boolean {
  const { assignment, phase, host } = task;
  return (
    assignment.wanted === 'run' &&
    host.address !== null &&
    (host.state === 'ready' || host.state === 'draining') &&
    !hasEnded(phase) &&
    (phase === 'running' || phase === 'starting')
  );
}

function choose(
  started: readonly TaskView[],
  all: readonly TaskView[],
  seed: string,
): { serving: readonly TaskView[]; failOpen: boolean } {
  const healthy = onePerSlot(started.filter(isServing));
  if (healthy.length > 0) return { serving: few(healthy, seed), failOpen: false };
  const kept = onePerSlot(
    [...started.filter(isSickButUp), ...all.filter(isMerelyUnheard)].filter(
      (task) => task.inDns === 'serving',
    ),
  );
  return { serving: few(kept, seed), failOpen: kept.length > 0 };
}

/** Healthy when it was last heard of, and only the control plane has not heard its host since. */
const isMerelyUnheard = (task: TaskView): boolean =>
  task.host.state === 'suspect' &&
  task.host.silence?.witnessed === false &&
  task.assignment.wanted === 'run' &&
  isUp(task);

/** A replica's own address moves only when the task behind it no longer is there. */
function byAddress(a: TaskView, b: TaskView): number {
  const known = (task: TaskView): number => Number(task.inDns !== null);
  return known(b) - known(a) || a.assignment.createdAtMs - b.assignment.createdAtMs;
}

function few(tasks: readonly TaskView[], seed: string): readonly TaskView[] {
  if (tasks.length <= ANSWERS_MAX) return tasks;
  return tasks
    .map((task) => ({ task, rank: hash32(`${seed}/${task.assignment.task}`) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, ANSWERS_MAX)
    .map(({ task }) => task);
}

function replicaAddress(task: TaskView, owner: string, { zone, ttlSeconds }: DiscoveryContext): RecordSet {
  const { service, slot } = task.assignment;
  return {
    name: replicaRecord(zone, owner, service, slot),
    type: 'A',
    ttlSeconds,
    values: [task.host.address ?? ''],
  };
}

function serviceAddresses(
  serving: readonly TaskView[],
  owner: string,
  { zone, ttlSeconds }: DiscoveryContext,
): RecordSet[] {
  const values = [...new Set(serving.map((task) => task.host.address ?? ''))].sort();
  return values.length === 0 ? [] : [{ name: serviceName(zone, owner), type: 'A', ttlSeconds, values }];
}

function serviceTargets(
  serving: readonly TaskView[],
  owner: string,
  { zone, ttlSeconds }: DiscoveryContext,
): RecordSet[] {
  const values = new Map<string, string[]>();
  for (const task of serving) {
    for (const port of task.assignment.ports) {
      const name = srvName(zone, owner, port.name, port.protocol);
      values.set(name, [...(values.get(name) ?? []), srvTarget(zone, task.host.id, port.host)]);
    }
  }
  return [...values].map(([name, targets]) => ({ name, type: 'SRV', ttlSeconds, values: targets.sort() }));
}
