/** Preemption in the whole control plane on one fake clock: a full cluster, and something more important. */
import { describe, expect, it } from '@jest/globals';
import { explainPlacement } from '../../../functions/usecases/explain-placement.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;
type Placement = NonNullable<ReturnType<typeof service>['placement']>;

const MIB = 1024 * 1024;
const NO_RULES = { constraints: [], spread: [], affinity: [], antiAffinity: [], tolerations: [] };
const sized = (placement: Partial<Placement>, replicas: number) =>
  service({
    replicas,
    resources: { reservedCpuMillis: 900, reservedMemoryBytes: 64 * MIB, limitPids: 100 },
    placement: { ...NO_RULES, priority: 50, ...placement },
  });
const jobs = stack({ low: sized({ priority: 20 }, 2) }, 'jobs');
const shop = (over: Partial<Placement> = {}) => stack({ web: sized({ priority: 90, ...over }, 1) });
const poolOf = (hostsMax: number) => ({
  instanceType: 't3.small',
  architecture: 'x86_64' as const,
  hostsMax,
});

/** One host of two vCPUs is all there may be, and two replicas of low priority fill it. */
async function full(hostsMax = 1): Promise<Cluster> {
  const cluster = await littleCluster({ settings: { pool: poolOf(hostsMax) } });
  await cluster.put(jobs);
  await cluster.settle(150);
  expect(await cluster.stack('jobs')).toMatchObject({ state: 'converged' });
  return cluster;
}

const events = async (cluster: Cluster, code: string) =>
  (await cluster.decisions.list({ limit: 1000 })).filter((one) => one.code === code);
const healthy = async (cluster: Cluster, name: string) =>
  (await cluster.replicas()).filter((one) => one.service === name && one.health === 'healthy').length;

describe('a full cluster, and a replica of higher priority', () => {
  it('has one of lower priority leave, out of DNS before it stops, and places the other one there', async () => {
    const cluster = await full();
    await cluster.put(shop());
    let fewest = 2;
    const inDnsAtStop: string[][] = [];
    const told = new Set(cluster.stoppedAtMs.keys());
    for (let step = 0; step < 90; step += 1) {
      await cluster.settle(1, () => {
        const stopped = [...cluster.stoppedAtMs.keys()].filter((task) => !told.has(task));
        for (const task of stopped) {
          told.add(task);
          const [, slot = ''] = /^low-(\d+)-/.exec(task) ?? [];
          inDnsAtStop.push([...cluster.answers('A', `${slot}.low.jobs`)]);
        }
      });
      fewest = Math.min(fewest, await healthy(cluster, 'low'));
    }
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    expect([fewest, await healthy(cluster, 'low'), inDnsAtStop]).toEqual([1, 1, [[]]]);
    const [taken, ...more] = await events(cluster, 'task-preempted');
    expect([taken?.message, more]).toEqual([expect.stringContaining('shop/web-1 (priority 90) needs'), []]);
    const waits = await events(cluster, 'task-waiting');
    expect(waits.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^waits for room on host h-\w+: 1 task of lower priority is leaving$/),
    );
    // The one that left waits for a host, which there may not be.
    expect(await cluster.stack('jobs')).toMatchObject({ state: 'progressing' });
    await cluster.settle(240);
    expect(await events(cluster, 'task-preempted')).toHaveLength(1);
    expect(await healthy(cluster, 'web')).toBe(1);
  });

  it('gives back what was taken when the pool may grow', async () => {
    const cluster = await full();
    await cluster.put(shop());
    await cluster.settle(90);
    const settings = await cluster.cluster.load();
    await cluster.cluster.put({ ...settings.settings, pool: poolOf(2) }, null, settings.version);
    await cluster.settle(150);
    expect([await healthy(cluster, 'web'), await healthy(cluster, 'low')]).toEqual([1, 2]);
  });

  it('launches a host instead, as long as one can come', async () => {
    const cluster = await full(2);
    await cluster.put(shop());
    await cluster.settle(150);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    expect(await events(cluster, 'task-preempted')).toEqual([]);
    expect(await healthy(cluster, 'low')).toBe(2);
  });

  it('takes at once what the file says so, and launches the host for what had to go', async () => {
    const cluster = await full(2);
    await cluster.put(shop({ preempt: 'atOnce' }));
    await cluster.settle(150);
    expect(await events(cluster, 'task-preempted')).toHaveLength(1);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    expect(await cluster.stack('jobs')).toMatchObject({ state: 'converged' });
    expect(await cluster.launcher.list()).toHaveLength(2);
  });

  it('says in `berth why` that it would take room, and for which host it waits', async () => {
    const cluster = await full(2);
    await cluster.put(shop());
    const why = () => explainPlacement(cluster)({ stack: 'shop', replica: 'web-1' });
    expect((await why()).hints).toContain(
      'web-1 gets the room of replicas of lower priority if no host can come for it',
    );
    const alone = await full();
    await alone.put(shop());
    await alone.settle(5);
    const { reason, hints } = await explainPlacement(alone)({ stack: 'shop', replica: 'web-1' });
    expect(reason).toMatch(/^waits for room on host h-\w+: 1 task of lower priority is leaving$/);
    expect(hints.filter((one) => one.includes('no host can come'))).toEqual([]);
  });

  it('takes it all the same when the account may have no more hosts', async () => {
    const cluster = await full(2);
    cluster.launcher.model.faults.failNext('RunInstances', { code: 'VcpuLimitExceeded', times: 1000 });
    await cluster.put(shop());
    await cluster.settle(150);
    expect(await events(cluster, 'task-preempted')).toHaveLength(1);
    expect(await healthy(cluster, 'web')).toBe(1);
  });
});

describe('a pass that is killed in the middle of a preemption', () => {
  it.each([
    ['before the manifest is stored', 'hosts', 'putManifest', 1],
    ['after the victim was marked, before its reason was', 'stacks', 'putService', 1],
    ['while the replica is placed', 'hosts', 'putManifest', 3],
  ] as const)('%s: one victim, and the replica is there', async (_, store, method, nth) => {
    const cluster = await full();
    await cluster.put(shop());
    let calls = 0;
    const port = cluster[store] as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
    const real = port[method]!.bind(port);
    const isIt = (row: unknown): boolean => JSON.stringify(row).includes('shop');
    port[method] = async (...values) => {
      if (isIt(values[0])) calls += 1;
      if (calls === nth && isIt(values[0])) {
        calls += 1;
        throw new Error('the function was killed');
      }
      return real(...values);
    };
    let killed = 0;
    for (let step = 0; step < 120; step += 1)
      await cluster.settle(1).catch((error: unknown) => {
        expect(String(error)).toContain('the function was killed');
        killed += 1;
      });
    expect(killed).toBe(1);
    expect(await events(cluster, 'task-preempted')).not.toHaveLength(2);
    expect([await healthy(cluster, 'web'), await healthy(cluster, 'low')]).toEqual([1, 1]);
  });
});
