/** `scale` and `autoscale` of the API over a whole little cluster. */
import { describe, expect, it } from '@jest/globals';
import type { AutoscaleSpec } from '../../../contract/autoscale-spec.ts';
import { autoscaleStatus, scaleTimeline, serviceScaling } from '../../../contract/scale-api.ts';
import type { ServiceSpec } from '../../../contract/stack-spec.ts';
import { getAutoscale, getTimeline } from '../../../functions/usecases/describe-scale.ts';
import { NotFoundError } from '../../../functions/usecases/errors.ts';
import { resetScale, setScale } from '../../../functions/usecases/scale-service.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const autoscale: AutoscaleSpec = {
  ...{ min: 1, max: 6, targets: [{ kind: 'cpu', percent: 50 }], tolerancePercent: 10, schedules: [] },
  ...{ windowOutMs: 30_000, stabilizationInMs: 60_000, cooldownOutMs: 45_000, cooldownInMs: 0 },
  ...{ stepOutMax: 1000, stepInMax: 1000 },
};
const plain = (over: Partial<ServiceSpec> = {}) => stack({ web: service({ replicas: 2, ...over }) });
const scaled = (over: Partial<ServiceSpec> = {}) => plain({ autoscale, ...over });
const WEB = { stack: 'shop', service: 'web' };

async function scene(spec = plain()) {
  const cluster = await littleCluster({ settings: { dnsTtlSeconds: 1 } });
  await cluster.put(spec);
  await cluster.settle(30);
  const by = 'arn:aws:iam::000000000000:user/ann';
  return {
    cluster,
    set: (min: number, max = min) => setScale(cluster)({ ...WEB, min, max, by }),
    reset: () => resetScale(cluster)({ ...WEB, by }),
    status: () => getAutoscale(cluster)(WEB),
    timeline: (sinceMs = 0) => getTimeline(cluster)({ ...WEB, sinceMs }),
    running: async () => (await cluster.replicas()).filter(({ phase }) => phase === 'running').length,
    codes: async () => (await cluster.events()).filter((code) => code.startsWith('scale')),
  };
}

describe('a service without autoscaling', () => {
  it('has as many replicas as are set by hand, also after a deploy that leaves its number alone', async () => {
    const { cluster, set, reset, running, codes } = await scene();
    expect(serviceScaling.parse(await set(5))).toEqual({
      ...WEB,
      ...{ by: 'hand', replicas: 5, min: 5, max: 5, boundsBy: 'set by hand', documentReplicas: 2 },
    });
    await cluster.settle(30);
    expect(await running()).toBe(5);
    expect((await cluster.stack('shop')).services[0]).toMatchObject({
      replicas: 5,
      scaling: { by: 'hand', min: 5, max: 5 },
    });
    await cluster.put(plain({ environment: { VERSION: '2' } }));
    await cluster.settle(120);
    expect(await running()).toBe(5);
    expect(await reset()).toMatchObject({ by: 'document', replicas: 2 });
    await cluster.settle(30);
    expect(await running()).toBe(2);
    expect(await cluster.scales.list()).toEqual([]);
    expect(await codes()).toEqual(['scale-set', 'scale-reset']);
  });

  it('follows its document again once that says another number', async () => {
    const { cluster, set, running } = await scene();
    await set(5);
    await cluster.put(plain({ replicas: 3 }));
    await cluster.settle(60);
    expect(await running()).toBe(3);
    expect(await cluster.scales.list()).toEqual([]);
  });

  it('can be stopped, and takes no two numbers, since nothing would choose', async () => {
    const { cluster, set, running } = await scene();
    await expect(set(2, 5)).rejects.toMatchObject({
      message: 'shop/web is not autoscaled',
      problems: [{ path: 'min' }],
    });
    await set(0);
    await cluster.settle(60);
    expect(await running()).toBe(0);
  });

  it('says that it is not autoscaled', async () => {
    const { status, timeline } = await scene();
    expect(autoscaleStatus.parse(await status())).toMatchObject({ spec: null, by: 'document', replicas: 2 });
    expect(await timeline()).toMatchObject({ points: [] });
  });
});

describe('an autoscaled service', () => {
  it('keeps within bounds set by hand, at once, until they are taken back', async () => {
    const { cluster, set, reset, running } = await scene(scaled());
    cluster.loads.set('web', () => ({ cpuMillis: 50 }));
    expect(await set(4, 5)).toMatchObject({ by: 'autoscaler', replicas: 4, min: 4, max: 5 });
    await cluster.settle(30);
    expect(await running()).toBe(4);
    await cluster.put(scaled({ environment: { VERSION: '2' } }));
    await cluster.settle(120);
    expect(await running()).toBe(4);
    cluster.loads.set('web', () => ({ cpuMillis: 20 }));
    expect(await reset()).toMatchObject({ min: 1, max: 6, boundsBy: 'by the document' });
    await cluster.settle(180);
    expect(await running()).toBe(1);
  });

  it('is stopped by hand, and comes back when that is taken back', async () => {
    const { cluster, set, reset, running } = await scene(scaled());
    await set(0);
    await cluster.settle(60);
    expect(await running()).toBe(0);
    await reset();
    await cluster.settle(60);
    expect(await running()).toBeGreaterThanOrEqual(1);
  });

  it('tells what it sees, what would have to happen, and what is left of its pauses', async () => {
    const { cluster, status, set } = await scene(scaled());
    cluster.loads.set('web', (task) => ({ cpuMillis: 80, isProtected: task.startsWith('web-2') }));
    await cluster.settle(46);
    const told = autoscaleStatus.parse(await status());
    expect(told).toMatchObject({
      ...{ by: 'autoscaler', min: 1, max: 6, boundsBy: 'by the document', manual: null },
      loads: [{ target: 'cpu', load: 80, aim: 50 }],
    });
    expect(told.replicas).toBeGreaterThan(2);
    expect(told.lastOutAt).not.toBeNull();
    expect(told.cooldownOutMs).toBeGreaterThan(0);
    expect(told.cooldownOutMs).toBeLessThanOrEqual(45_000);
    expect(told.replicaLoads[0]).toMatchObject({
      ...{ replica: 'web-1', isReady: true, protection: null },
      loads: [{ target: 'cpu', load: 80, of: 'reservation' }],
    });
    expect(told.replicaLoads[1]?.protection).toBe('it asked to be kept');
    await set(1, 2);
    expect(await status()).toMatchObject({
      manual: { min: 1, max: 2 },
      reason: expect.stringMatching(/max is 2 set by hand/),
    });
  });

  it('has a time line: load, replicas, hosts, decisions', async () => {
    const { cluster, timeline } = await scene(scaled());
    cluster.loads.set('web', () => ({ cpuMillis: 50 }));
    await cluster.settle(60);
    cluster.loads.set('web', () => ({ cpuMillis: 80 }));
    await cluster.settle(90);
    const { points } = scaleTimeline.parse(await timeline());
    const decided = points.filter(({ direction }) => direction !== 'hold');
    expect(decided[0]).toMatchObject({ direction: 'out', hosts: 1, loads: [{ target: 'cpu', load: 80 }] });
    expect(points.at(-1)?.wanted).toBe(decided.at(-1)?.wanted);
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted());
    const since = Date.parse(decided[0]?.at ?? '');
    expect((await timeline(since)).points[0]).toEqual(decided[0]);
  });
});

describe('a service that is not there', () => {
  it.each([
    [{ stack: 'other', service: 'web' }, 'there is no stack other'],
    [{ stack: 'shop', service: 'api' }, 'there is no service api in shop; it has web'],
    [{ stack: 'shop', service: 'toString' }, 'there is no service toString in shop; it has web'],
  ])('%j is told as such', async (name, message) => {
    const { cluster } = await scene();
    const by = 'somebody';
    const calls = [
      setScale(cluster)({ ...name, min: 1, max: 1, by }),
      resetScale(cluster)({ ...name, by }),
      getTimeline(cluster)({ ...name, sinceMs: 0 }),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(new NotFoundError(message));
    await expect(getAutoscale(cluster)(name)).rejects.toThrow(NotFoundError);
  });
});
