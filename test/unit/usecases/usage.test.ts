/** What beats say of tasks: which of it is kept, shown and published. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { METRIC_NAME } from '../../../contract/autoscale-spec.ts';
import { beat as beatSchema, METRICS_MAX, taskUsage } from '../../../contract/agent-protocol.ts';
import type { TaskUsage as WireUsage } from '../../../contract/agent-protocol.ts';
import { fromLease } from '../../../functions/adapters/dynamodb/items/host-items.ts';
import { taskId } from '../../../functions/core/model/ids.ts';
import { graphBeat } from '../../../functions/usecases/graph-beat.ts';
import { ownUsage, USAGE_BYTES_MAX } from '../../../functions/usecases/own-usage.ts';
import { showHostUsage, showUsage, usagesOf } from '../../../functions/usecases/show-usage.ts';
import { host, hostView, lease } from '../../support/builders.ts';
import { autoscale } from '../core/autoscaling/scenes.ts';
import { aLease, anAssignment } from '../../support/stored-rows.ts';

const task = (index: number): string => `shop-web-${index}-aaaa0000`;
const at = (index: number, service = 'web') => anAssignment({ task: taskId(task(index)), service });
const used = (index: number, over: Partial<WireUsage> = {}): WireUsage => ({
  task: task(index),
  cpuMillis: 100 + index,
  memoryBytes: 64 * 1024 * 1024 + index,
  networkBytesPerSecond: 120_000 + index,
  diskBytesPerSecond: 45_000,
  ...over,
});

describe('what a beat says of tasks', () => {
  it('counts for those of its host alone, each once', () => {
    const told = [used(1, { metrics: { jobs: 3 }, isProtected: true }), used(1, { cpuMillis: 9 }), used(2)];
    expect(ownUsage(told, [at(1), at(3)])).toEqual([{ ...used(1), metrics: { jobs: 3 }, isProtected: true }]);
    expect(ownUsage(told, [at(2)])).toEqual([{ ...used(2), metrics: {}, isProtected: false }]);
  });

  it('is unknown from an agent that does not tell, and none from one without tasks', () => {
    expect(ownUsage(undefined, [at(1)])).toBeUndefined();
    expect(ownUsage([], [at(1)])).toEqual([]);
  });

  it('fits an item whatever the names of metrics: too long, and they are left out', () => {
    const assignments = Array.from({ length: 1000 }, (_, index) => at(index));
    const metrics = Object.fromEntries(
      Array.from({ length: METRICS_MAX }, (_, n) => [`${'m'.repeat(99)}${n}`, 1]),
    );
    const told = assignments.map((_, index) => used(index, { metrics }));
    expect(beatSchema.shape.tasks.safeParse(told).success).toBe(true);
    const kept = ownUsage(told, assignments) ?? [];
    expect(kept).toHaveLength(1000);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(USAGE_BYTES_MAX * 1.5);
    expect(kept.every((each) => Object.keys(each.metrics).length === 0)).toBe(true);
    const few = ownUsage(told.slice(0, 100), assignments) ?? [];
    expect(few.every((each) => Object.keys(each.metrics).length === METRICS_MAX)).toBe(true);
  });

  it('of 20 tasks makes a row of less than 2 KB', () => {
    const assignments = Array.from({ length: 20 }, (_, index) => at(index));
    const usage = ownUsage(
      assignments.map((_, index) => used(index)),
      assignments,
    );
    const item = fromLease(aLease({ usage: usage ?? [] }));
    expect(itemBytes(item)).toBeLessThan(2048);
  });

  it('is refused when a number is none that a table could hold', () => {
    const parse = (metrics: Record<string, number>): boolean =>
      taskUsage.safeParse(used(1, { metrics })).success;
    for (const value of [0, 1e-9, -1e-9, 1e15, -1e15, 1 / 3])
      expect([value, parse({ x: value })]).toEqual([value, true]);
    for (const value of [NaN, Infinity, 1e-10, 1e300, 1e16])
      expect([value, parse({ x: value })]).toEqual([value, false]);
    expect(parse({ 'no name': 1 })).toBe(false);
    expect(METRIC_NAME.test('__proto__')).toBe(false);
    expect(parse({ a: 1, b: 1, c: 1, d: 1, e: 1 })).toBe(false);
  });
});

describe('graphs', () => {
  const usage = ownUsage([used(1, { metrics: { jobs: 3 } }), used(2), used(3)], [at(1), at(2), at(3, 'db')]);
  const beat = aLease({ ...(usage === undefined ? {} : { usage }) });
  const assignments = [at(1), at(2), at(3, 'db')];

  it('are none unless they are asked for', () => expect(graphBeat('none', beat, assignments)).toEqual([]));

  it('have a point of each service with the values of its replicas', () => {
    expect(graphBeat('services', beat, assignments)).toEqual([
      {
        atMs: beat.receivedAtMs,
        dimensions: { stack: 'shop', service: 'web' },
        values: [
          { name: 'cpuMillis', unit: 'None', values: [101, 102] },
          { name: 'memoryBytes', unit: 'Bytes', values: [used(1).memoryBytes, used(2).memoryBytes] },
          { name: 'jobs', unit: 'None', values: [3] },
        ],
      },
      {
        atMs: beat.receivedAtMs,
        dimensions: { stack: 'shop', service: 'db' },
        values: [
          { name: 'cpuMillis', unit: 'None', values: [103] },
          { name: 'memoryBytes', unit: 'Bytes', values: [used(3).memoryBytes] },
        ],
      },
    ]);
  });

  it('have one of the host as well when all is asked for', () => {
    expect(graphBeat('all', beat, assignments).at(-1)).toEqual({
      atMs: beat.receivedAtMs,
      dimensions: { host: beat.host },
      values: [
        { name: 'cpuPercent', unit: 'Percent', values: [3.5] },
        { name: 'memoryPercent', unit: 'Percent', values: [20] },
        { name: 'diskPercent', unit: 'Percent', values: [10] },
      ],
    });
  });
});

describe('usage as it is shown', () => {
  const [usage] = ownUsage([used(1, { cpuPressurePercent: 2.5 })], [at(1)]) ?? [];

  const on = (tasks: number) => ({ capacity: { cpuMillis: 2000, memoryBytes: 2 ** 31, pids: 100 }, tasks });
  const resources = (over: object) => ({
    spec: { resources: { ...NONE, ...over }, autoscale: undefined },
    assignment: { cpuMillis: 0, memoryBytes: 0 },
    host: on(4),
  });
  const NONE = { reservedCpuMillis: 0, reservedMemoryBytes: 0, limitPids: 100 };

  it('tells percent of the reservation, else of the limit, else of the share of the host, and of which', () => {
    expect(showUsage(usage, resources({ reservedCpuMillis: 202, limitMemoryBytes: 2 ** 27 }))).toEqual({
      cpuMillis: 101,
      memoryBytes: used(1).memoryBytes,
      cpuPercent: 50,
      cpuPercentOf: 'reservation',
      memoryPercent: 50,
      memoryPercentOf: 'limit',
      networkBytesPerSecond: 120_001,
      diskBytesPerSecond: 45_000,
      cpuPressurePercent: 2.5,
      memoryPressurePercent: null,
      metrics: {},
      isProtected: false,
    });
    // A quarter of 2 vCPUs is 500 m: four tasks share the host.
    expect(showUsage(usage, resources({}))).toMatchObject({ cpuPercent: 20.2, cpuPercentOf: 'host-share' });
    expect(showUsage(undefined, resources({}))).toBeNull();
  });

  it('tells percent of what placement counts where the task’s revision is not at hand, and none of nothing', () => {
    const assignment = { cpuMillis: 404, memoryBytes: 0 };
    const bare = { capacity: { cpuMillis: 0, memoryBytes: 0, pids: 0 }, tasks: 1 };
    expect(showUsage(usage, { assignment, spec: undefined, host: bare })).toMatchObject({
      ...{ cpuPercent: 25, cpuPercentOf: 'reservation' },
      ...{ memoryPercent: null, memoryPercentOf: null },
    });
  });

  it('measures as the autoscaler does: a reservation that nobody named is none', () => {
    const { spec, ...rest } = resources({ reservedCpuMillis: 100 });
    const target = { kind: 'cpu', percent: 60, of: 'host-share' } as const;
    const scaled = { ...spec, autoscale: autoscale({ targets: [target] }) };
    expect(showUsage(usage, { ...rest, spec: scaled })).toMatchObject({
      ...{ cpuPercent: 20.2, cpuPercentOf: 'host-share' },
    });
  });

  it('is that of hosts that are heard', () => {
    const silent = host('b', { silence: { sinceMs: 1, witnessed: false, frozen: false, lostAtMs: null } });
    const of = (one: ReturnType<typeof host>) => ({
      ...hostView(one),
      lease: lease(one, 0, usage === undefined ? {} : { usage: [usage] }),
    });
    expect([...usagesOf({ hosts: [of(silent)] })]).toEqual([]);
    expect([...usagesOf({ hosts: [of(host('a'))] }).keys()]).toEqual([task(1)]);
  });

  it('of a host tells null for what its agent does not say', () => {
    expect(showHostUsage(aLease({ load: { diskBytesPerSecond: 7 } }))).toEqual({
      cpuPercent: 3.5,
      memoryPercent: 20,
      diskPercent: 10,
      networkBytesPerSecond: null,
      diskBytesPerSecond: 7,
      cpuPressurePercent: null,
      memoryPressurePercent: null,
    });
  });
});

describe('the wire', () => {
  it('takes whatever usages keep to the bounds', () => {
    const size = fc.integer({ min: 0, max: 2 ** 50 });
    const usages = fc.array(
      fc.record(
        {
          task: fc.constant(task(1)),
          cpuMillis: size,
          memoryBytes: size,
          isProtected: fc.constant(true as const),
        },
        { requiredKeys: ['task', 'cpuMillis', 'memoryBytes'] },
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(usages, (tasks) => {
        expect(beatSchema.shape.tasks.parse(tasks)).toEqual(tasks);
      }),
    );
    expect(taskUsage.safeParse({ ...used(1), more: 1 }).success).toBe(false);
  });
});

/** As DynamoDB counts: names and values; a number has about a byte for two digits; 3 for a map or list, 1 for each member. */
function itemBytes(item: object): number {
  const ofValue = (value: unknown): number => {
    if (Array.isArray(value)) return 3 + value.reduce((sum: number, each) => sum + 1 + ofValue(each), 0);
    if (typeof value === 'object' && value !== null)
      return 3 + Object.entries(value).reduce((sum, [key, each]) => sum + 1 + key.length + ofValue(each), 0);
    if (typeof value === 'number') return 2 + Math.ceil(String(value).length / 2);
    return typeof value === 'string' ? Buffer.byteLength(value) : 1;
  };
  return Object.entries(item).reduce((sum, [key, value]) => sum + key.length + ofValue(value), 0);
}
