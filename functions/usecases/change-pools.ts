/** Pools: listed with what they have, written whole, taken away. A change wakes the loops, since there may be room now. */
import type { PoolView, TypePrice } from '../../contract/pool-spec.ts';
import { noSecurityGroups } from '../core/hosts/offerings.ts';
import { listedPrice, noListedPrice } from '../core/hosts/prices.ts';
import { isGone } from '../core/model/host.ts';
import { DEFAULT_POOL_NAME, poolsOf, withPool, type PoolSpec } from '../core/model/pool.ts';
import type { PriceBook, PriceSource } from '../core/model/price.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { InvalidInputError, NotFoundError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type { PriceStore } from './ports.ts';
import { priceBook } from './read-prices.ts';
import { storeSettings, type SettingsDeps } from './change-settings.ts';

/** Of one cluster; each is planned for in each pass. */
export const POOLS_MAX = 20;

export interface PoolDeps extends SettingsDeps {
  readonly load: LoadSnapshot;
  readonly prices: Pick<PriceStore, 'load'>;
  readonly priceSource: PriceSource;
  /** Names of the security groups that the cluster was deployed with. */
  readonly securityGroups: readonly string[];
}

type DescribeDeps = Pick<PoolDeps, 'load' | 'prices' | 'priceSource'>;

interface Asked {
  readonly name: string;
  readonly by: string;
}

export function listPools(deps: DescribeDeps): () => Promise<PoolView[]> {
  return () => describe(deps);
}

/** Makes it, or replaces all of it. @throws InvalidInputError when there are too many, or it names groups that are not there */
export function putPool(deps: PoolDeps): (input: Asked & { readonly spec: PoolSpec }) => Promise<PoolView> {
  return async ({ name, spec, by }) => {
    const groups = spec.securityGroups;
    if (groups !== undefined && !deps.securityGroups.includes(groups))
      throw new InvalidInputError(noSecurityGroups(groups, deps.securityGroups));
    const stored = await deps.cluster.load();
    const next = withPool(stored.settings, name, spec);
    if (poolsOf(next).length > POOLS_MAX)
      throw new InvalidInputError(`a cluster has at most ${POOLS_MAX} pools`);
    await storeSettings(deps, stored, next, `the pool ${name} is now ${JSON.stringify(spec)}, by ${by}`);
    const [view] = (await describe(deps)).filter((one) => one.name === name);
    if (view === undefined) throw new NotFoundError(`there is no pool ${name} any more`);
    return view;
  };
}

/** Its hosts stay until they are drained. @throws NotFoundError, InvalidInputError while it has hosts, or for `default` */
export function removePool(deps: PoolDeps): (input: Asked) => Promise<{ readonly name: string }> {
  return async ({ name, by }) => {
    if (name === DEFAULT_POOL_NAME)
      throw new InvalidInputError('the pool default always is there; set its hostsMax to 0 instead');
    const stored = await deps.cluster.load();
    const pool = (await describe(deps)).find((one) => one.name === name);
    if (pool === undefined) throw new NotFoundError(`there is no pool ${name}`);
    if (pool.hosts > 0)
      throw new InvalidInputError(
        `the pool ${name} has ${pool.hosts} hosts: set its hostsMax to 0 and drain them first`,
      );
    const next = withPool(stored.settings, name, null);
    await storeSettings(deps, stored, next, `the pool ${name} is removed, by ${by}`);
    return { name };
  };
}

async function describe({ load, prices, priceSource }: DescribeDeps): Promise<PoolView[]> {
  const [snapshot, book] = await Promise.all([load(), priceBook({ prices, source: priceSource })]);
  return viewsOf(snapshot, book);
}

function viewsOf({ settings, hosts, offerings }: Snapshot, book: PriceBook): PoolView[] {
  return poolsOf(settings).map((pool) => ({
    ...pool,
    instanceTypes: [...pool.instanceTypes],
    zones: [...pool.zones],
    subnets: [...pool.subnets],
    taints: [...pool.taints],
    hosts: hosts.filter(({ host }) => host.pool === pool.name && !isGone(host.state)).length,
    prices: pool.instanceTypes.map((instanceType) => priceView(instanceType, book)),
    reason: offerings.refusals.find((one) => one.pool === pool.name)?.message ?? '',
  }));
}

function priceView(instanceType: string, book: PriceBook): TypePrice {
  const listed = listedPrice(instanceType, book);
  return listed === null
    ? {
        instanceType,
        perHour: null,
        source: 'estimate',
        asOf: null,
        origin: noListedPrice(instanceType, book),
      }
    : { instanceType, ...listed };
}
