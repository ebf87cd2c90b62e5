/**
 * Pools: hosts that share types, places and limits. `default` is always there; its short form (`ClusterSettings.pool`) is
 * what rows and commands of older versions hold, and is kept equal to it.
 */
import { perObject } from '../per-object.ts';
import type { Architecture, ClusterSettings, PoolSettings } from './cluster.ts';

/** Room that is kept free: so many containers of that size could start without waiting for a host. */
export interface Headroom {
  readonly count: number;
  /** 1000 = one vCPU. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Keeps everything off a pool's hosts that does not tolerate it. */
export interface PoolTaint {
  readonly key: string;
  readonly value: string;
}

export interface PoolSpec {
  /** In no order: the cheapest that fits is asked for first. */
  readonly instanceTypes: readonly string[];
  /** Empty: all zones of the cluster. */
  readonly zones: readonly string[];
  /** By id or by tag `Name`, of those that the cluster was deployed with. Empty: all of them. */
  readonly subnets: readonly string[];
  /** Name of groups that the cluster was deployed with. Absent: those without a name. */
  readonly securityGroups?: string | undefined;
  readonly hostsMin: number;
  readonly hostsMax: number;
  /** Null: none. */
  readonly headroom: Headroom | null;
  /** Of list prices, in USD an hour, all its hosts together. Null: no limit. */
  readonly budgetPerHour: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly PoolTaint[];
  /** Null: the cluster's. */
  readonly registrationDeadlineMs: number | null;
}

export interface Pool extends PoolSpec {
  readonly name: string;
}

export const DEFAULT_POOL_NAME = 'default';

/** Every pool, `default` first, then by name. The only place that knows of the short form. */
export function poolsOf({ pool, pools }: Pick<ClusterSettings, 'pool' | 'pools'>): readonly Pool[] {
  const others = Object.keys(pools).filter((name) => name !== DEFAULT_POOL_NAME);
  const first = pools[DEFAULT_POOL_NAME] ?? longForm(pool);
  return [
    { ...first, name: DEFAULT_POOL_NAME },
    ...others.sort().flatMap((name) => {
      const spec = pools[name];
      return spec === undefined ? [] : [{ ...spec, name }];
    }),
  ];
}

const byName = perObject(
  (settings: Pick<ClusterSettings, 'pool' | 'pools'>): ReadonlyMap<string, Pool> =>
    new Map(poolsOf(settings).map((pool) => [pool.name, pool])),
);

/** Asked for each host of a pass: the pools are sorted once. Undefined: it was removed; its hosts stay until they are drained, and nothing is launched for it. */
export const poolNamed = (
  settings: Pick<ClusterSettings, 'pool' | 'pools'>,
  name: string,
): Pool | undefined => byName(settings).get(name);

/** The settings with that pool instead; null takes it away, and of `default` its long form. */
export function withPool(settings: ClusterSettings, name: string, spec: PoolSpec | null): ClusterSettings {
  const rest = Object.entries(settings.pools).filter(([other]) => other !== name);
  if (spec === null) return { ...settings, pools: Object.fromEntries(rest) };
  const pools = Object.fromEntries([...rest, [name, spec]]);
  const pool = name === DEFAULT_POOL_NAME ? shortForm(spec, settings.pool) : settings.pool;
  return { ...settings, pool, pools };
}

/** The settings with the default pool changed by its short form. */
export function withShortForm(settings: ClusterSettings, pool: PoolSettings): ClusterSettings {
  const long = settings.pools[DEFAULT_POOL_NAME];
  if (long === undefined) return { ...settings, pool };
  const isSame = pool.instanceType === settings.pool.instanceType;
  const instanceTypes = isSame ? long.instanceTypes : [pool.instanceType];
  const hostsMin = Math.min(long.hostsMin, pool.hostsMax);
  const spec: PoolSpec = { ...long, instanceTypes, hostsMin, hostsMax: pool.hostsMax };
  return { ...settings, pool, pools: { ...settings.pools, [DEFAULT_POOL_NAME]: spec } };
}

const longForm = ({ instanceType, hostsMax }: PoolSettings): PoolSpec => ({
  instanceTypes: [instanceType],
  zones: [],
  subnets: [],
  hostsMin: 0,
  hostsMax,
  headroom: null,
  budgetPerHour: null,
  labels: {},
  taints: [],
  registrationDeadlineMs: null,
});

function shortForm({ instanceTypes, hostsMax }: PoolSpec, before: PoolSettings): PoolSettings {
  const instanceType = instanceTypes[0] ?? before.instanceType;
  return { instanceType, architecture: architectureOf(instanceType), hostsMax };
}

/**
 * From a type's name: Graviton families have a `g` among the letters after their generation (`m7g`, `c7gn`, `im4gn`), and
 * `a1` is the first of them (EC2 User Guide, "Instance type naming conventions").
 */
export function architectureOf(instanceType: string): Architecture {
  const [, family = '', attributes = ''] = /^([a-z]+\d+)([a-z]*)/.exec(instanceType) ?? [];
  return family === 'a1' || attributes.includes('g') ? 'arm64' : 'x86_64';
}
