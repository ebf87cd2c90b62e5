/** The routes of pools, over the twins. */
import { describe, expect, it } from '@jest/globals';
import * as contract from '../../../contract/http-api.ts';
import { EXAMPLES } from '../../../contract/openapi-examples.ts';
import { poolList, poolView } from '../../../contract/pool-spec.ts';
import { DEFAULT_SETTINGS } from '../../../functions/core/model/cluster.ts';
import { poolsOf } from '../../../functions/core/model/pool.ts';
import { changeSettings } from '../../../functions/usecases/change-settings.ts';
import { listPools, POOLS_MAX, putPool, removePool } from '../../../functions/usecases/change-pools.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';
import { apiWithTwins } from '../../support/api-with-twins.ts';

const by = 'ada';
const deps = async () => {
  const cluster = await littleCluster();
  const { cluster: settings, decisions, clock, ids, wakes, load, prices } = cluster;
  const all = { cluster: settings, decisions, clock, ids, wakes, load, prices };
  return { all: { ...all, priceSource: 'pricing-api' as const, securityGroups: ['db', 'web'] }, cluster };
};
const spec = EXAMPLES.PoolSpec as Parameters<ReturnType<typeof putPool>>[0]['spec'];

describe('the routes', () => {
  it('list the pool that is always there', async () => {
    const { status, body } = await apiWithTwins().call({ what: 'GET /v1/pools' });
    expect([status, poolList.parse(body).map(({ name }) => name)]).toEqual([200, ['default']]);
    expect(
      contract.clusterSettings.parse((await apiWithTwins().call({ what: 'GET /v1/cluster' })).body).pools,
    ).toEqual({});
  });
});

describe('security groups of pools', () => {
  const put = async (securityGroups: string) => {
    const api = apiWithTwins();
    const reply = await api.call({
      what: 'PUT /v1/pools/batch',
      body: JSON.stringify({ ...spec, securityGroups }),
    });
    return { ...reply, pools: poolList.parse((await api.call({ what: 'GET /v1/pools' })).body) };
  };

  it('are those that the cluster was deployed with', async () => {
    const { status, pools } = await put('web');
    expect([status, pools.map((pool) => pool.securityGroups)]).toEqual([200, [undefined, 'web']]);
  });

  it.each([
    ['none that it was deployed with', 'cache', /without security groups named "cache" \(it has db, web\)/],
    ['no name', 'sg-0a1b, sg-2c3d', /must be the name of security groups/],
  ])('are refused when they are %s', async (_, name, words) => {
    const { status, body, pools } = await put(name);
    expect([status, pools.map((pool) => pool.name)]).toEqual([400, ['default']]);
    expect(JSON.stringify(body).replaceAll('\\', '')).toMatch(words);
  });

  it('are deployed first where there are none with a name', async () => {
    const { all } = await deps();
    const bare = { ...all, securityGroups: [] };
    await expect(
      putPool(bare)({ name: 'batch', spec: { ...spec, securityGroups: 'web' }, by }),
    ).rejects.toThrow(/it has none with a name\): deploy it with -c securityGroups.web=sg-/);
  });
});

describe('pools', () => {
  it('are made, replaced as a whole, removed; each has its audit row, and the loops wake', async () => {
    const { all } = await deps();
    expect(poolView.parse(await putPool(all)({ name: 'batch', spec, by }))).toMatchObject({
      name: 'batch',
      hosts: 0,
    });
    await putPool(all)({ name: 'batch', spec: { ...spec, hostsMax: 7 }, by });
    expect((await listPools(all)()).map(({ name, hostsMax }) => [name, hostsMax])).toEqual([
      ['default', 10],
      ['batch', 7],
    ]);
    expect(all.wakes.take().length).toBeGreaterThan(0);
    await removePool(all)({ name: 'batch', by });
    await expect(removePool(all)({ name: 'batch', by })).rejects.toThrow('there is no pool batch');
    const told = (await all.decisions.list({ limit: 10 })).filter(({ message }) =>
      message.startsWith('the pool batch '),
    );
    expect(told.map(({ audit }) => audit)).toEqual([true, true, true]);
  });

  it('keep the short form of the default one, and follow it', async () => {
    const { all } = await deps();
    await putPool(all)({ name: 'default', spec, by });
    expect((await all.cluster.load()).settings.pool).toEqual({
      instanceType: spec.instanceTypes[0],
      architecture: 'arm64',
      hostsMax: spec.hostsMax,
    });
    const { pool } = (await all.cluster.load()).settings;
    const next = await changeSettings(all)({ patch: { pool: { ...pool, hostsMax: 2 } }, by });
    expect(poolsOf(next)[0]).toMatchObject({ hostsMax: 2, instanceTypes: spec.instanceTypes });
  });

  it('are bounded, and neither the default one nor one with hosts is removed', async () => {
    const { all, cluster } = await deps();
    await expect(removePool(all)({ name: 'default', by })).rejects.toThrow('always is there');
    for (let index = 1; index < POOLS_MAX; index += 1) await putPool(all)({ name: `p${index}`, spec, by });
    await expect(putPool(all)({ name: 'more', spec, by })).rejects.toThrow(`at most ${POOLS_MAX} pools`);
    for (let index = 1; index < POOLS_MAX; index += 1) await removePool(all)({ name: `p${index}`, by });
    const { pool } = DEFAULT_SETTINGS;
    await changeSettings(all)({ patch: { pool: { ...pool, hostsMax: 0 } }, by });
    const small = { ...spec, instanceTypes: ['t3.small'], headroom: null, hostsMin: 0, budgetPerHour: null };
    await putPool(all)({ name: 'batch', spec: small, by });
    await cluster.put(stack({ web: service({ platform: 'linux/amd64' }) }));
    await cluster.settle(60);
    expect((await cluster.hosts.listHosts()).map((host) => [host.pool, host.state])).toEqual([
      ['batch', 'ready'],
    ]);
    await expect(removePool(all)({ name: 'batch', by })).rejects.toThrow('has 1 hosts');
  });
});
