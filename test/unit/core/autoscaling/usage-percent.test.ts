import { describe, expect, it } from '@jest/globals';
import { loadsOf } from '../../../../functions/core/autoscaling/usage-percent.ts';
import type { AutoscaleTarget } from '../../../../functions/core/model/autoscale.ts';
import { taskId } from '../../../../functions/core/model/ids.ts';
import type { TaskUsage } from '../../../../functions/core/model/usage.ts';
import { MIB } from '../../../support/builders.ts';

const usage: TaskUsage = {
  task: taskId('web-1-aaaaaaaa'),
  cpuMillis: 150,
  memoryBytes: 48 * MIB,
  metrics: { queue_depth: 7 },
  isProtected: false,
};
const host = { capacity: { cpuMillis: 2000, memoryBytes: 1024 * MIB, pids: 100 }, tasks: 4 };
const targets: readonly AutoscaleTarget[] = [
  { kind: 'cpu', percent: 60 },
  { kind: 'memory', percent: 70 },
  { kind: 'metric', name: 'queue_depth', value: 5 },
];
const reserved = { reservedCpuMillis: 200, reservedMemoryBytes: 64 * MIB, limitPids: 100 };

describe('usage of a replica', () => {
  it('is percent of what is reserved, also under a higher limit', () => {
    const resources = { ...reserved, limitCpuMillis: 1000 };
    expect(loadsOf(targets, usage, resources, host)).toEqual({
      usage: [75, 75, 7],
      of: ['reservation', 'reservation', null],
    });
  });

  it('is percent of the limit where only that is named', () => {
    const resources = {
      ...reserved,
      limitCpuMillis: 200,
      limitMemoryBytes: 96 * MIB,
      reservedMemoryBytes: 0,
    };
    expect(loadsOf(targets.slice(0, 2), usage, resources, host)).toEqual({
      usage: [75, 50],
      of: ['limit', 'limit'],
    });
  });

  it('is percent of the host’s share where the document names nothing, or reserves nothing', () => {
    const assumed = [
      { kind: 'cpu', percent: 60, of: 'host-share' },
      { kind: 'memory', percent: 60, of: 'host-share' },
    ] as const;
    const shares = { usage: [30, 18.75], of: ['host-share', 'host-share'] };
    expect(loadsOf(assumed, usage, reserved, host)).toEqual(shares);
    const nothing = { reservedCpuMillis: 0, reservedMemoryBytes: 0, limitPids: 100 };
    expect(loadsOf(targets.slice(0, 2), usage, nothing, host)).toEqual(shares);
  });

  it('is missing where its host does not tell it, tells no number, or has no capacity yet', () => {
    expect(loadsOf(targets, undefined, reserved, host).usage).toEqual([null, null, null]);
    expect(loadsOf(targets, { ...usage, metrics: { queue_depth: NaN } }, reserved, host).usage[2]).toBeNull();
    expect(loadsOf(targets, { ...usage, metrics: {} }, reserved, host).usage[2]).toBeNull();
    const unknown = { capacity: { cpuMillis: 0, memoryBytes: 0, pids: 0 }, tasks: 0 };
    const [cpu] = [{ kind: 'cpu', percent: 60, of: 'host-share' }] as const;
    expect(loadsOf([cpu], usage, reserved, unknown)).toEqual({ usage: [null], of: [null] });
  });
});
