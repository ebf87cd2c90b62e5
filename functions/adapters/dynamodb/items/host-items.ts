/** Host rows and leases <-> items. Manifests and reports, the long ones, are in `task-items.ts`. */
import { DEFAULT_SETTINGS, type Architecture } from '../../../core/model/cluster.ts';
import type {
  Capacity,
  DrainChange,
  Host,
  HostDrain,
  HostState,
  LaunchParameters,
  Neighbour,
  Silence,
} from '../../../core/model/host.ts';
import { hostId } from '../../../core/model/ids.ts';
import { DEFAULT_POOL_NAME } from '../../../core/model/pool.ts';
import type { HostLease } from '../../../core/model/task.ts';
import { hostKey } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';
import { fromUsage, toLoad, toUsage } from './usage-items.ts';
import { toOffering } from './offering-item.ts';

export const fromHost = (host: Host, version: number): Item & Key => ({
  ...host,
  ...hostKey('META', host.id),
  version,
});

export const toHost = (item: Item): Host => {
  const fields = fieldsOf(item);
  return {
    id: hostId(fields.text('id')),
    state: fields.text('state') as HostState,
    reason: fields.text('reason', ''),
    launch: toLaunch(fields.object('launch')),
    attempt: fields.number('attempt'),
    requestedAtMs: fields.number('requestedAtMs'),
    retryAtMs: fields.number('retryAtMs', 0),
    instanceId: fields.textOrNull('instanceId'),
    launchedAtMs: fields.numberOrNull('launchedAtMs'),
    address: fields.textOrNull('address'),
    zone: fields.textOrNull('zone'),
    capacity: toCapacity(fields.object('capacity')),
    registeredAtMs: fields.numberOrNull('registeredAtMs'),
    bootId: fields.textOrNull('bootId'),
    agentVersion: fields.textOrNull('agentVersion'),
    neighbours: fields.list('neighbours', toNeighbour),
    silence: fields.has('silence') ? toSilence(fields.object('silence')) : null,
    drain: fields.has('drain') ? toDrain(fields.object('drain')) : null,
    drainChange: fields.has('drainChange') ? toDrainChange(fields.object('drainChange')) : null,
    pool: fields.text('pool', DEFAULT_POOL_NAME),
    surplusSinceMs: fields.numberOrNull('surplusSinceMs'),
    replaces: fields.has('replaces') ? hostId(fields.text('replaces')) : null,
    version: fields.number('version'),
  };
};

const toDrain = (fields: Fields): HostDrain => ({
  cause: fields.text('cause', 'asked') as HostDrain['cause'],
  reason: fields.text('reason'),
  sinceMs: fields.number('sinceMs'),
  byMs: fields.numberOrNull('byMs'),
});

const toDrainChange = (fields: Fields): DrainChange => ({
  number: fields.number('number'),
  atMs: fields.number('atMs'),
  by: fields.text('by') as DrainChange['by'],
  code: fields.text('code') as DrainChange['code'],
  message: fields.text('message'),
});

const toLaunch = (fields: Fields): LaunchParameters => ({
  launchTemplateId: fields.text('launchTemplateId'),
  launchTemplateVersion: fields.text('launchTemplateVersion'),
  instanceType: fields.text('instanceType'),
  architecture: fields.text('architecture') as Architecture,
  subnetId: fields.text('subnetId'),
  clientToken: fields.text('clientToken'),
  // An older version launched each host alone, and named it at its launch.
  batch: fields.text('batch', ''),
  size: fields.number('size', 1),
  offerings: fields.list('offerings', toOffering),
});

const toCapacity = (fields: Fields): Capacity => ({
  cpuMillis: fields.number('cpuMillis'),
  memoryBytes: fields.number('memoryBytes'),
  pids: fields.number('pids'),
  ...(fields.has('diskBytes') ? { diskBytes: fields.number('diskBytes') } : {}),
  ...(fields.has('gpus') ? { gpus: fields.texts('gpus') } : {}),
});

const toNeighbour = (fields: Fields): Neighbour => ({
  host: hostId(fields.text('host')),
  address: fields.text('address'),
});

const toSilence = (fields: Fields): Silence => ({
  sinceMs: fields.number('sinceMs'),
  witnessed: fields.flag('witnessed', false),
  frozen: fields.flag('frozen', false),
  lostAtMs: fields.numberOrNull('lostAtMs'),
});

export const fromLease = ({ usage, ...lease }: HostLease): Item & Key => ({
  ...lease,
  ...(usage === undefined ? {} : { usage: usage.map(fromUsage) }),
  ...hostKey('LEASE', lease.host),
});

export const toLease = (item: Item): HostLease => {
  const fields = fieldsOf(item);
  const clockAheadMs = fields.numberOrNull('clockAheadMs');
  return {
    host: hostId(fields.text('host')),
    receivedAtMs: fields.number('receivedAtMs'),
    seq: fields.number('seq'),
    bootId: fields.text('bootId'),
    generation: fields.number('generation', 0),
    cpuPercent: fields.number('cpuPercent', 0),
    memoryPercent: fields.number('memoryPercent', 0),
    diskPercent: fields.number('diskPercent', 0),
    silent: fields.texts('silent').map(hostId),
    answering: fields.texts('answering').map(hostId),
    paceMs: fields.number('paceMs', DEFAULT_SETTINGS.beatMs),
    ...(clockAheadMs === null ? {} : { clockAheadMs }),
    ...(fields.has('load') ? { load: toLoad(fields.object('load')) } : {}),
    ...(fields.has('usage') ? { usage: fields.list('usage', toUsage) } : {}),
  };
};
