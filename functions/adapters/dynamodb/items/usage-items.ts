/**
 * What tasks use <-> maps of a lease. Each task is written with each beat, and each KB costs: so its attributes have names
 * of one letter, which mean something here alone.
 */
import { taskId } from '../../../core/model/ids.ts';
import type { HostLoad, TaskUsage } from '../../../core/model/usage.ts';
import type { Fields, Item } from '../table/fields.ts';

export const fromUsage = (usage: TaskUsage): Item => {
  // A list: as a map, users' names would be attributes, and `constructor` is one that the SDK does not take.
  const metrics = Object.entries(usage.metrics);
  return present({
    t: usage.task,
    c: usage.cpuMillis,
    m: usage.memoryBytes,
    n: usage.networkBytesPerSecond,
    d: usage.diskBytesPerSecond,
    p: usage.cpuPressurePercent,
    q: usage.memoryPressurePercent,
    x: metrics.length === 0 ? undefined : metrics.map(([name, value]) => ({ n: name, v: value })),
    k: usage.isProtected ? true : undefined,
  });
};

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
  metrics: Object.fromEntries(fields.list('x', (metric) => [metric.text('n'), metric.number('v')] as const)),
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
