/** The autoscaler in a whole cluster, over the twins: hosts beat, ticks look, reconcile places and drains. */
import { describe, expect, it } from '@jest/globals';
import type { AutoscaleSpec } from '../../../contract/autoscale-spec.ts';
import type { ServiceSpec } from '../../../contract/stack-spec.ts';
import { ConflictError, ThrottledError } from '../../../functions/usecases/errors.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const autoscale = (over: Partial<AutoscaleSpec> = {}): AutoscaleSpec => ({
  ...{ min: 1, max: 6, targets: [{ kind: 'cpu', percent: 50 }], tolerancePercent: 10, schedules: [] },
  ...{ windowOutMs: 30_000, stabilizationInMs: 60_000, cooldownOutMs: 0, cooldownInMs: 0 },
  ...{ stepOutMax: 1000, stepInMax: 1000 },
  ...over,
});
const web = (over: Partial<AutoscaleSpec> = {}, more: Partial<ServiceSpec> = {}) =>
  stack({ web: service({ replicas: 2, autoscale: autoscale(over), ...more }) });

type Cluster = Awaited<ReturnType<typeof littleCluster>>;

async function clusterWith(spec = web()): Promise<Cluster> {
  const cluster = await littleCluster({ settings: { dnsTtlSeconds: 1 } });
  await cluster.put(spec);
  return cluster;
}

/** So many percent of its reservation (100 thousandths of a vCPU) does each replica use. */
const use = (cluster: Cluster, percent: number): void =>
  void cluster.loads.set('web', () => ({ cpuMillis: percent }));
/** What all replicas use together is shared by those that run. */
async function shared(cluster: Cluster, percent: number): Promise<void> {
  let count = 1;
  cluster.loads.set('web', () => ({ cpuMillis: percent / count }));
  const look = async (): Promise<void> => {
    count = Math.max(1, (await running(cluster)).length);
  };
  for (let second = 0; second < 300; second += 15) {
    await look();
    await cluster.settle(15);
  }
}
const running = async (cluster: Cluster): Promise<string[]> =>
  (await cluster.replicas()).filter(({ phase }) => phase === 'running').map(({ replica }) => replica);
const scaleOf = (cluster: Cluster) => cluster.scales.get('shop', 'web');
const codes = async (cluster: Cluster) => (await cluster.events()).filter((code) => code.startsWith('scale'));

describe('replicas follow the load', () => {
  it('out when it lasts, and in again when it is gone', async () => {
    const cluster = await clusterWith();
    use(cluster, 50);
    await cluster.settle(90);
    expect(await running(cluster)).toEqual(['web-1', 'web-2']);
    await shared(cluster, 200);
    expect(await running(cluster)).toHaveLength(4);
    await shared(cluster, 45);
    expect(await running(cluster)).toEqual(['web-1']);
    expect(new Set(await codes(cluster))).toEqual(new Set(['scaled-out', 'scale-held', 'scaled-in']));
    expect((await scaleOf(cluster))?.reason).toMatch(/cpu .* -> 1/);
  });

  it('not for a spike that is shorter than the window, nor for one hot replica of five', async () => {
    const cluster = await clusterWith(web({ min: 5, windowOutMs: 60_000 }));
    use(cluster, 50);
    await cluster.settle(90);
    use(cluster, 95);
    await cluster.settle(30);
    use(cluster, 50);
    await cluster.settle(90);
    cluster.loads.set('web', (task) => ({ cpuMillis: task.startsWith('web-3') ? 100 : 45 }));
    await cluster.settle(180);
    expect(await running(cluster)).toHaveLength(5);
    expect(await codes(cluster)).not.toContain('scaled-out');
  });

  it('not in while nothing is told, nor while beats are overdue', async () => {
    const cluster = await clusterWith(web({}, { replicas: 4 }));
    await cluster.settle(180);
    expect(await running(cluster)).toHaveLength(4);
    use(cluster, 50);
    await cluster.settle(30);
    cluster.loads.set('web', () => null);
    await cluster.settle(180);
    expect(await running(cluster)).toHaveLength(4);
    expect(await codes(cluster)).toEqual(['scale-held']);
  });

  it('keeps what is protected, and says so', async () => {
    const cluster = await clusterWith(web({}, { replicas: 3 }));
    use(cluster, 50);
    await cluster.settle(60);
    cluster.loads.set('web', (task) => ({ cpuMillis: 5, isProtected: task.startsWith('web-3') }));
    await cluster.settle(240);
    // One is asked for, and it is the protected one that is left, or stays beside it.
    expect(await running(cluster)).toEqual(['web-3']);
    const labelled = await clusterWith(web({}, { replicas: 3, labels: { 'berth.protect': 'true' } }));
    use(labelled, 5);
    await labelled.settle(240);
    expect(await running(labelled)).toHaveLength(3);
    const [state] = (await labelled.stack('shop')).services;
    expect(state?.reason).toBe(
      '3 of 1 replicas healthy; web-3, web-2, web-1 stay: the label berth.protect keeps it',
    );
  });
});

describe('the autoscaler’s number', () => {
  it('outlives a new revision, and goes with the block', async () => {
    const cluster = await clusterWith();
    await cluster.settle(30);
    await shared(cluster, 200);
    expect(await running(cluster)).toHaveLength(4);
    use(cluster, 50);
    await cluster.put(web({}, { replicas: 2, environment: { VERSION: '2' } }));
    await cluster.settle(60);
    expect(await running(cluster)).toHaveLength(4);
    const plain = stack({ web: service({ replicas: 2, environment: { VERSION: '2' } }) });
    await cluster.put(plain);
    await cluster.settle(60);
    expect(await running(cluster)).toHaveLength(2);
    expect(await cluster.scales.list()).toEqual([]);
  });

  it('goes with its stack, row and all', async () => {
    const cluster = await clusterWith();
    use(cluster, 50);
    await cluster.settle(60);
    expect(await cluster.scales.list()).toHaveLength(1);
    await cluster.remove('shop');
    await cluster.settle(60);
    expect([await cluster.scales.list(), await cluster.stacks.list()]).toEqual([[], []]);
  });

  it('starts within the bounds, whatever the document’s number is', async () => {
    const cluster = await clusterWith(web({ min: 3, max: 4 }, { replicas: 9 }));
    await cluster.settle(60);
    expect(await running(cluster)).toHaveLength(4);
  });
});

describe('what a look writes', () => {
  it('is nothing while the load is as it should be, but a row of the time line each five minutes', async () => {
    const cluster = await clusterWith();
    use(cluster, 50);
    await cluster.settle(120);
    const [puts, rows] = [cluster.scales.faults.calls('put'), cluster.timeline.faults.calls('append')];
    await cluster.settle(1200);
    expect(cluster.scales.faults.calls('put')).toBe(puts);
    expect(cluster.timeline.faults.calls('append') - rows).toBe(4);
  });

  it('is nothing either when more is asked for than may be, again and again', async () => {
    const cluster = await clusterWith(web({ max: 2 }));
    use(cluster, 99);
    await cluster.settle(120);
    const puts = cluster.scales.faults.calls('put');
    await cluster.settle(300);
    expect(cluster.scales.faults.calls('put')).toBe(puts);
    expect(await codes(cluster)).toEqual(['scale-held']);
  });

  it('lets a window go on in a process that has seen nothing', async () => {
    const cluster = await clusterWith(web({ windowOutMs: 60_000 }));
    use(cluster, 50);
    await cluster.settle(60);
    use(cluster, 95);
    for (let look = 0; look < 5; look += 1) {
      cluster.forgetLooks();
      await cluster.settle(15);
    }
    await cluster.settle(15);
    expect(await running(cluster)).toHaveLength(4);
  });

  it('does not take a break for none in a process that has seen nothing', async () => {
    const cluster = await clusterWith(web({ windowOutMs: 60_000 }));
    use(cluster, 50);
    await cluster.settle(60);
    for (let round = 0; round < 6; round += 1) {
      use(cluster, round % 2 === 0 ? 95 : 50);
      cluster.forgetLooks();
      await cluster.settle(round % 2 === 0 ? 30 : 15);
    }
    expect(await running(cluster)).toHaveLength(2);
  });

  it('is decided again after a lost race, on what the other wrote', async () => {
    const cluster = await clusterWith();
    use(cluster, 50);
    await cluster.settle(60);
    use(cluster, 95);
    cluster.scales.faults.beforeNext('put', async () => {
      const row = await scaleOf(cluster);
      const manual = { min: 1, max: 3, by: 'somebody', atMs: cluster.clock.nowMs() };
      await cluster.scales.put({ ...row!, manual }, row!.version);
    });
    await cluster.settle(120);
    cluster.scales.faults.assertUsed();
    expect(await running(cluster)).toHaveLength(3);
    expect((await scaleOf(cluster))?.manual?.max).toBe(3);
  });

  it('may fail, also for good: the other services are looked at all the same', async () => {
    const both = stack({
      api: service({ replicas: 2, autoscale: autoscale() }),
      web: service({ replicas: 2, autoscale: autoscale() }),
    });
    const cluster = await clusterWith(both);
    await cluster.settle(16);
    await cluster.load();
    cluster.scales.faults.failNext('put', new ThrottledError('too fast'));
    for (const name of ['api', 'web']) cluster.loads.set(name, () => ({ cpuMillis: 95 }));
    await cluster.clock.advance(15_000);
    await cluster.hostsAct();
    await expect(cluster.tick(false)).rejects.toThrow('too fast');
    expect(cluster.scales.faults.calls('put')).toBeGreaterThanOrEqual(2);
    cluster.scales.faults.failNext('put', new ConflictError('again'), 1);
    await cluster.settle(90);
    expect(await running(cluster)).toHaveLength(12);
  });
});
