/** Pools: listed with what they have, written whole, taken away. A change wakes the loops, since there may be room now. */
import type { PoolView } from '../../contract/pool-spec.ts';
import { isGone } from '../core/model/host.ts';
import { DEFAULT_POOL_NAME, poolsOf, withPool, type PoolSpec } from '../core/model/pool.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { InvalidInputError, NotFoundError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import { storeSettings, type SettingsDeps } from './change-settings.ts';

/** Of one cluster; each is planned for in each pass. */
export const POOLS_MAX = 20;

export interface PoolDeps extends SettingsDeps {
  readonly load: LoadSnapshot;
}

interface Asked {
  readonly name: string;
  readonly by: string;
}

export function listPools({ load }: Pick<PoolDeps, 'load'>): () => Promise<PoolView[]> {
  return async () => describe(await load());
}

/** Makes it, or replaces all of it. @throws InvalidInputError when there are too many */
export function putPool(deps: PoolDeps): (input: Asked & { readonly spec: PoolSpec }) => Promise<PoolView> {
  return async ({ name, spec, by }) => {
    const stored = await deps.cluster.load();
    const next = withPool(stored.settings, name, spec);
    if (poolsOf(next).length > POOLS_MAX)
      throw new InvalidInputError(`a cluster has at most ${POOLS_MAX} pools`);
    await storeSettings(deps, stored, next, `the pool ${name} is now ${JSON.stringify(spec)}, by ${by}`);
    const [view] = describe(await deps.load()).filter((one) => one.name === name);
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
    const pool = describe(await deps.load()).find((one) => one.name === name);
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

function describe({ settings, hosts, offerings }: Snapshot): PoolView[] {
  return poolsOf(settings).map((pool) => ({
    ...pool,
    instanceTypes: [...pool.instanceTypes],
    zones: [...pool.zones],
    subnets: [...pool.subnets],
    taints: [...pool.taints],
    hosts: hosts.filter(({ host }) => host.pool === pool.name && !isGone(host.state)).length,
    reason: offerings.refusals.find((one) => one.pool === pool.name)?.message ?? '',
  }));
}
