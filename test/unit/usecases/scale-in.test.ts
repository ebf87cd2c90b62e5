/** Hosts that are not needed, in the whole control plane on one fake clock. */
import { describe, expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;
const SURPLUS_AFTER_MS = 60_000;

async function running(replicas: number): Promise<Cluster> {
  const cluster = await littleCluster({ settings: { surplusAfterMs: SURPLUS_AFTER_MS } });
  await cluster.put(web(replicas));
  await cluster.settle(90);
  return cluster;
}
const web = (replicas: number) => stack({ web: service({ replicas, maxReplicasPerHost: 1 }) });
const ready = async (cluster: Cluster) =>
  (await cluster.hosts.listHosts()).filter(({ state }) => state === 'ready').map(({ id }) => id);
const surplus = async (cluster: Cluster) =>
  (await cluster.decisions.list({ limit: 1000 })).filter(({ code }) => code === 'host-surplus');

describe('hosts that are not needed any more', () => {
  it('stay while they are needed', async () => {
    const cluster = await running(2);
    await cluster.settle(300);
    expect(await ready(cluster)).toHaveLength(2);
    expect(await surplus(cluster)).toEqual([]);
  });

  it('go one after the other, emptied first, and nothing that runs is ended', async () => {
    const cluster = await running(3);
    const order = (await cluster.hosts.listHosts())
      .toSorted((a, b) => b.requestedAtMs - a.requestedAtMs || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
    await cluster.put(web(1));
    let fewest = 3;
    const instances = async (): Promise<number> =>
      (await cluster.launcher.list()).filter(({ state }) => state === 'running').length;
    for (let step = 0; step < 60; step += 1) {
      await cluster.settle(10);
      fewest = Math.min(
        fewest,
        (await cluster.replicas()).filter(({ health }) => health === 'healthy').length,
      );
    }
    expect(fewest).toBeGreaterThanOrEqual(1);
    expect(await instances()).toBe(1);
    const gone = (await surplus(cluster)).map(({ subject }) => subject);
    expect(gone).toHaveLength(2);
    // The newest first, unless the one replica that is left runs there alone.
    expect(order.filter((id) => gone.includes(id as string))).toEqual(gone);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
  });

  it('stay for good once they are needed again: no new one is launched', async () => {
    const cluster = await running(2);
    await cluster.put(web(1));
    for (let step = 0; step < 40 && (await surplus(cluster)).length === 0; step += 1) await cluster.settle(5);
    expect(await surplus(cluster)).toHaveLength(1);
    const before = cluster.launcher.model.instances().length;
    const [draining] = (await cluster.hosts.listHosts()).filter(({ drain }) => drain !== null);
    if (draining?.state === 'draining') {
      await cluster.put(web(2));
      await cluster.settle(60);
      expect(await cluster.events()).toContain('host-undrained');
      expect(cluster.launcher.model.instances()).toHaveLength(before);
    }
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
  });
});
