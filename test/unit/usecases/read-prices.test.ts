/** Prices beside the provision loop: read after its run, kept for a day, in nobody's way. */
import { describe, expect, it } from '@jest/globals';
import { ASK_AGAIN_MS } from '../../../functions/core/hosts/price-questions.ts';
import { NOTHING_TOLD } from '../../../functions/core/model/price.ts';
import { UnreadableError } from '../../../functions/usecases/errors.ts';
import { listPools } from '../../../functions/usecases/change-pools.ts';
import type { PriceList } from '../../../functions/usecases/ports.ts';
import { ASK_FOR_MS, priceBook } from '../../../functions/usecases/read-prices.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;
const web = () => stack({ web: service({ platform: 'linux/amd64' }) });

async function withList(perHour: (type: string, cluster: Cluster) => Promise<number | null>) {
  const asked: string[] = [];
  const made: Cluster[] = [];
  const list: PriceList = {
    perHour: (type) => {
      asked.push(type);
      return perHour(type, made[0]!);
    },
  };
  const cluster = await littleCluster({ pricing: { source: 'pricing-api', list } });
  made.push(cluster);
  return { cluster, asked };
}

describe('prices', () => {
  it('are read once a day, with their day, and shown with each pool', async () => {
    const { cluster, asked } = await withList(() => Promise.resolve(0.0236));
    await cluster.put(web());
    await cluster.settle(60);
    expect(asked).toEqual(['t3.small']);
    const [pool] = await listPools({ ...cluster, priceSource: 'pricing-api' })();
    expect(pool!.prices).toEqual([
      {
        instanceType: 't3.small',
        perHour: 0.0236,
        source: 'pricing-api',
        asOf: '2026-11-22',
        origin: "AWS's list price here, read on 2026-11-22",
      },
    ]);
    await cluster.clock.advance(ASK_AGAIN_MS);
    await cluster.loops.provision();
    await cluster.loops.provision();
    expect(asked).toEqual(['t3.small', 't3.small']);
  });

  it('that fail keep no host from being launched: the list of this project counts, and says why', async () => {
    const { cluster, asked } = await withList(() => Promise.reject(new Error('AccessDeniedException: no')));
    await cluster.put(web());
    await cluster.settle(60);
    expect((await cluster.hosts.listHosts()).map(({ state }) => state)).toEqual(['ready']);
    expect(asked).toEqual(['t3.small']);
    const [pool] = await listPools({ ...cluster, priceSource: 'pricing-api' })();
    expect(pool!.prices).toMatchObject(
      [{ perHour: 0.0208, source: 'file', asOf: '2026-01-19', origin: /did not tell.*AccessDenied/ }].map(
        (one) => ({ ...one, origin: expect.stringMatching(one.origin) as unknown as string }),
      ),
    );
  });

  it('that are slow hold no lease: other runs decide meanwhile', async () => {
    const held: unknown[] = [];
    const { cluster } = await withList(async (_, there) => {
      held.push(await there.leases.acquire('provision', 'another', there.clock.nowMs(), 1_000));
      await there.leases.release('provision', 'another');
      return 0.02;
    });
    await cluster.put(web());
    await cluster.loops.provision();
    expect(held).toEqual([expect.any(Number)]);
  });

  it('of many types are asked for until the time is over, then with the next run', async () => {
    const { cluster, asked } = await withList(async (_, there) => {
      await there.clock.advance(ASK_FOR_MS / 2);
      return 0.02;
    });
    const { settings } = await cluster.cluster.load();
    const types = ['m7g.large', 'c7g.large', 'r7g.large', 't4g.small'];
    const spec = { zones: [], subnets: [], labels: {}, taints: [], hostsMin: 0, hostsMax: 1 };
    const none = { headroom: null, budgetPerHour: null, registrationDeadlineMs: null };
    const pools = { default: { ...spec, ...none, instanceTypes: types } };
    await cluster.cluster.put({ ...settings, pools }, null, 1);
    await cluster.loops.provision();
    expect(asked).toHaveLength(2);
    await cluster.loops.provision();
    expect(asked.toSorted()).toEqual(types.toSorted());
    await cluster.loops.provision();
    expect(asked).toHaveLength(types.length);
  });

  it('in a row that cannot be read are as none for decisions', async () => {
    const prices = { load: () => Promise.reject(new UnreadableError('CLUSTER/PRICES has no usable "atMs"')) };
    expect(await priceBook({ prices, source: 'pricing-api' })).toEqual({
      source: 'pricing-api',
      memory: NOTHING_TOLD,
    });
  });

  it('are nobody’s question where the file is all there is', async () => {
    const cluster = await littleCluster({ pricing: { source: 'synthetic' } });
    await cluster.put(web());
    await cluster.settle(60);
    expect(await cluster.prices.load()).toEqual(NOTHING_TOLD);
    const [pool] = await listPools({ ...cluster, priceSource: 'synthetic' })();
    expect(pool!.prices[0]).toMatchObject({ perHour: 0.0208, source: 'synthetic' });
  });
});
