import { describe, expect, it } from '@jest/globals';
import { hostGround, type HostModel } from '../../../../functions/core/simulation/ground.ts';
import {
  simulateService,
  type ServiceInput,
} from '../../../../functions/core/simulation/simulate-service.ts';
import { MIB, serviceSpec } from '../../../support/builders.ts';
import { autoscale } from '../autoscaling/scenes.ts';

/** Two replicas fit on a host. */
const needs = {
  stack: 'shop',
  service: 'web',
  revision: 1,
  digest: 'd',
  architecture: 'arm64' as const,
  cpuMillis: 500,
  memoryBytes: 64 * MIB,
  pids: 10,
  ports: [],
  maxReplicasPerHost: undefined,
};
const model = (over: Partial<HostModel> = {}): HostModel => ({
  capacity: { cpuMillis: 1000, memoryBytes: 1024 * MIB, pids: 1000 },
  startUpSeconds: 60,
  hostsMax: 5,
  emptySeconds: 100,
  ...over,
});

describe('the hosts below a simulation', () => {
  it('are there at the beginning; later ones take replicas when they have started', () => {
    const ground = hostGround(model(), needs);
    expect(ground.settle([1, 2, 3], 0)).toEqual([0, 0, 0]);
    expect(ground.hosts).toBe(2);
    expect(ground.settle([1, 2, 3, 4, 5, 6], 15).slice(3)).toEqual([15, 75, 75]);
    expect(ground.hosts).toBe(3);
    // The one that is coming is not ordered twice.
    ground.settle([1, 2, 3, 4, 5, 6], 30);
    expect(ground.hosts).toBe(3);
  });

  it('are no more than the pool may have; what has no room waits, and takes what becomes free', () => {
    const ground = hostGround(model({ hostsMax: 1 }), needs);
    expect(ground.settle([1, 2, 3], 0)).toEqual([0, 0, null]);
    expect(ground.settle([1, 3], 15)).toEqual([15, 15]);
    const none = hostGround(model({ capacity: { cpuMillis: 400, memoryBytes: MIB, pids: 10 } }), needs);
    expect(none.settle([1], 0)).toEqual([null]);
    expect(none.hosts).toBe(0);
  });

  it('go when they were empty for their time, unless they are used again', () => {
    const ground = hostGround(model(), needs);
    ground.settle([1, 2, 3, 4], 0);
    ground.settle([1, 2], 10);
    ground.settle([1, 2], 109);
    expect(ground.hosts).toBe(2);
    ground.settle([1, 2, 3], 109);
    ground.settle([1, 2], 110);
    ground.settle([1, 2], 209);
    expect(ground.hosts).toBe(2);
    ground.settle([1, 2], 210);
    expect(ground.hosts).toBe(1);
  });
});

const input = (over: Partial<ServiceInput> = {}): ServiceInput => ({
  stack: 'shop',
  service: 'web',
  spec: serviceSpec({
    resources: { reservedCpuMillis: 500, reservedMemoryBytes: 64 * MIB, limitPids: 10 },
  }),
  autoscale: autoscale({ min: 1, max: 12 }),
  load: Array.from({ length: 1500 }, (_, second) => (second >= 300 && second < 700 ? 60 : 12)),
  startMs: Date.UTC(2027, 0, 18),
  capacity: 10,
  startUpSeconds: 10,
  host: { cpuMillis: 2000, memoryBytes: 2048 * MIB, startUpSeconds: 60, hostsMax: 10 },
  ...over,
});

describe('a simulated service', () => {
  it('begins as its first second needs, follows the load, and its hosts follow it', () => {
    const { frames, totals } = simulateService(input());
    expect(frames[0]).toMatchObject({ wanted: 2, ready: 2, hosts: 1 });
    const top = frames.find(({ second }) => second === 690);
    expect(top).toMatchObject({ wanted: 10, ready: 10, unserved: 0, hosts: 3 });
    expect(frames.at(-1)).toMatchObject({ wanted: 2, hosts: 1 });
    expect(totals.unserved).toBeGreaterThan(0);
    expect(totals.changes).toBe(frames.filter(({ direction }) => direction !== 'hold').length);
  });

  it('serves less while it has no room, and says so by running fewer than it wants', () => {
    const small = { ...input().host, hostsMax: 1 };
    const { frames } = simulateService(input({ host: small }));
    expect(frames.find(({ second }) => second === 690)).toMatchObject({ running: 4, ready: 4, hosts: 1 });
  });

  it('leaves targets on memory out, and cannot do without any other', () => {
    const memory = { kind: 'memory', percent: 60 } as const;
    const both = simulateService(
      input({ autoscale: autoscale({ targets: [memory, { kind: 'cpu', percent: 60 }] }) }),
    );
    expect(both).toEqual(simulateService(input({ autoscale: autoscale({}) })));
    expect(() => simulateService(input({ autoscale: autoscale({ targets: [memory] }) }))).toThrow(RangeError);
  });

  it('reads a metric as load per replica', () => {
    const spec = autoscale({ targets: [{ kind: 'metric', name: 'requests', value: 6 }] });
    expect(simulateService(input({ autoscale: spec })).frames[0]).toMatchObject({ wanted: 2 });
  });
});
