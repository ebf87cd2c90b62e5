/** Cluster settings <-> item. A setting that an older version did not store has its default; its one pool is `default`. */
import { DEFAULT_SETTINGS } from '../../../core/model/cluster.ts';
import type { Architecture, ClusterSettings, SettingsChange } from '../../../core/model/cluster.ts';
import type { PoolSpec } from '../../../core/model/pool.ts';
import { CLUSTER_KEY } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';

export const fromSettings = (
  settings: ClusterSettings,
  change: SettingsChange | null,
  version: number,
): Item & Key => ({
  ...settings,
  change,
  ...CLUSTER_KEY,
  version,
});

export const toSettings = (item: Item): ClusterSettings => {
  const fields = fieldsOf(item);
  const pool = fields.object('pool');
  const number = (
    name: Exclude<keyof ClusterSettings, 'pool' | 'pools' | 'outdatedHosts' | 'metrics'>,
  ): number => fields.number(name, DEFAULT_SETTINGS[name]);
  return {
    pool: {
      instanceType: pool.text('instanceType', DEFAULT_SETTINGS.pool.instanceType),
      architecture: pool.text('architecture', DEFAULT_SETTINGS.pool.architecture) as Architecture,
      hostsMax: pool.number('hostsMax', DEFAULT_SETTINGS.pool.hostsMax),
    },
    // One without a type is no pool: whatever wrote it, nothing can be launched for it.
    pools: Object.fromEntries(
      Object.entries(fields.record('pools', toPool)).filter(([, pool]) => pool.instanceTypes.length > 0),
    ),
    pollMs: number('pollMs'),
    beatMs: number('beatMs'),
    dnsTtlSeconds: number('dnsTtlSeconds'),
    drainDeadlineMs: number('drainDeadlineMs'),
    registrationDeadlineMs: number('registrationDeadlineMs'),
    describeLagMs: number('describeLagMs'),
    progressDeadlineMs: number('progressDeadlineMs'),
    suspectAfterMs: number('suspectAfterMs'),
    lostAfterMs: number('lostAfterMs'),
    terminateLostAfterMs: number('terminateLostAfterMs'),
    garbageAgeMs: number('garbageAgeMs'),
    upgradeTrialMs: number('upgradeTrialMs'),
    upgradeWatchMs: number('upgradeWatchMs'),
    metrics: fields.text('metrics', DEFAULT_SETTINGS.metrics) as ClusterSettings['metrics'],
    surplusAfterMs: number('surplusAfterMs'),
    outdatedHosts:
      fields.text('outdatedHosts', DEFAULT_SETTINGS.outdatedHosts) === 'keep' ? 'keep' : 'replace',
  };
};

const toPool = (fields: Fields): PoolSpec => {
  const headroom = fields.has('headroom') ? fields.object('headroom') : null;
  return {
    instanceTypes: fields.texts('instanceTypes'),
    zones: fields.texts('zones'),
    subnets: fields.texts('subnets'),
    ...(fields.has('securityGroups') ? { securityGroups: fields.text('securityGroups') } : {}),
    hostsMin: fields.number('hostsMin', 0),
    hostsMax: fields.number('hostsMax', DEFAULT_SETTINGS.pool.hostsMax),
    headroom: headroom && {
      count: headroom.number('count'),
      cpuMillis: headroom.number('cpuMillis'),
      memoryBytes: headroom.number('memoryBytes'),
    },
    budgetPerHour: fields.numberOrNull('budgetPerHour'),
    labels: fields.textRecord('labels'),
    taints: fields.list('taints', (each) => ({ key: each.text('key'), value: each.text('value', '') })),
    registrationDeadlineMs: fields.numberOrNull('registrationDeadlineMs'),
  };
};

/** Settings that an older version stored name no change. */
export const toChange = (item: Item): SettingsChange | null => {
  const fields = fieldsOf(item);
  if (!fields.has('change')) return null;
  const change = fields.object('change');
  return { number: change.number('number'), atMs: change.number('atMs'), message: change.text('message') };
};
