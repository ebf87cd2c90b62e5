/**
 * What tasks use <-> maps of a lease. Each task is written with each beat, and each KB costs: so its attributes have names
 * of one letter, which mean something here alone.
 */
import { taskId } from '../../../core/model/ids.ts';
import type { HostLoad, TaskUsage } from '../../../core/model/usage.ts';
import type { Fields, Item } from '../table/fields.ts';

export const fromUsage = (usage: TaskUsage): Item =>
  present({
    t: usage.task,
    c: usage.cpuMillis,
    m: usage.memoryBytes,
    n: usage.networkBytesPerSecond,
    d: usage.diskBytesPerSecond,
    p: usage.cpuPressurePercent,
    q: usage.memoryPressurePercent,
    x: Object.keys(usage.metrics).length === 0 ? undefined : { ...usage.metrics },
    k: usage.isProtected ? true : undefined,
  });

export const toUsage = (fields: Fields): TaskUsage => ({
  task: taskId(fields.text('t')),
  cpuMillis: fields.number('c'),
  memoryBytes: fields.number('m'),
  ...present({
    networkBytesPerSecond: known(fields, 'n'),
    diskBytesPerSecond: known(fields, 'd'),
    cpuPressurePercent: known(fields, 'p'),
    memoryPressurePercent: known(fields, 'q'),
  }),
  metrics: fields.numberRecord('x'),
  isProtected: fields.flag('k', false),
});

export const toLoad = (fields: Fields): HostLoad =>
  present({
    networkBytesPerSecond: known(fields, 'networkBytesPerSecond'),
    diskBytesPerSecond: known(fields, 'diskBytesPerSecond'),
    cpuPressurePercent: known(fields, 'cpuPressurePercent'),
    memoryPressurePercent: known(fields, 'memoryPressurePercent'),
  });

const known = (fields: Fields, name: string): number | undefined => fields.numberOrNull(name) ?? undefined;

const present = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
