/** What a pool could launch: its types with size, price and places, the cheapest first, less what is short now. */
import type { Architecture } from '../model/cluster.ts';
import type { Capacity, Host } from '../model/host.ts';
import { isGone } from '../model/host.ts';
import type { Offering, OfferingMemory, Subnet } from '../model/offering.ts';
import type { PoolTraits } from '../model/placement.ts';
import { architectureOf, type Pool } from '../model/pool.ts';
import type { PriceBook } from '../model/price.ts';
import { expectedCapacity } from './imagined.ts';
import { priceOf, type Price, type TypeSize } from './prices.ts';
import { availableAgainAtMs, availableNow, limitNow } from './shortages.ts';

/** A type as EC2 describes it. */
export interface KnownType extends TypeSize {
  /** Code of the quota that its vCPUs count against. */
  readonly quota: string;
}

/** What the cloud offers to the cluster. */
export interface HostCatalog {
  /** Absent: EC2 knows no such type. */
  readonly types: ReadonlyMap<string, KnownType>;
  /** Those that the cluster was deployed with. */
  readonly subnets: readonly Subnet[];
  /** Names of the security groups that the cluster was deployed with. */
  readonly securityGroups: readonly string[];
  readonly prices: PriceBook;
}

/** A type that may be asked for now. */
export interface TypeOption {
  readonly pool: PoolTraits;
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly capacity: Capacity;
  readonly price: Price;
  /** In the zones with the fewest hosts of the pool first. */
  readonly offerings: readonly Offering[];
}

export interface PoolOptions {
  readonly options: readonly TypeOption[];
  /** Why some types are not among the options. */
  readonly missing: readonly string[];
  /** When one of them may be asked for again; null: no time is known. */
  readonly againAtMs: number | null;
}

export interface Market {
  readonly catalog: HostCatalog;
  readonly memory: OfferingMemory;
  readonly hosts: readonly Host[];
  readonly nowMs: number;
}

export function poolOptions(pool: Pool, { catalog, memory, hosts, nowMs }: Market): PoolOptions {
  const hasGroups = pool.securityGroups === undefined || catalog.securityGroups.includes(pool.securityGroups);
  const subnets = hasGroups ? byLoad(subnetsOf(pool, catalog.subnets), hosts) : [];
  const missing: string[] = [];
  const again: (number | null)[] = [];
  if (!hasGroups) missing.push(noSecurityGroups(pool.securityGroups ?? '', catalog.securityGroups));
  else if (subnets.length === 0) missing.push(noSubnet(pool, catalog.subnets));
  const all = pool.instanceTypes.map((instanceType) => ({
    instanceType,
    known: catalog.types.get(instanceType),
    offerings: subnets.map(({ id, zone }): Offering => ({ instanceType, subnetId: id, zone })),
  }));
  const usable = all.filter(({ instanceType, known }) => {
    if (known === undefined) missing.push(`EC2 knows no instance type ${instanceType}`);
    const limit = known && limitNow(known.quota, memory, nowMs);
    if (limit) {
      const seconds = Math.ceil((limit.untilMs - nowMs) / 1000);
      missing.push(
        `the account's limit ${limit.quota} is reached (${limit.message}); asked again in ${seconds} s`,
      );
      again.push(limit.untilMs);
    }
    return known !== undefined && limit === undefined;
  });
  // Together, so that with another type left none has to be tried before its time.
  const asked = availableNow(
    usable.flatMap(({ offerings }) => offerings),
    memory,
    nowMs,
  );
  const options = usable.flatMap(({ instanceType, known, offerings }): TypeOption[] => {
    const free = offerings.filter((one) => asked.includes(one));
    if (free.length === 0 && offerings.length > 0) {
      const words = memory.shortages.find((one) => one.instanceType === instanceType)?.message ?? '';
      missing.push(`${instanceType} is short in every zone (${words})`);
      again.push(availableAgainAtMs(offerings, memory));
    }
    if (free.length === 0 || known === undefined) return [];
    return [
      {
        pool,
        instanceType,
        architecture: architectureOf(instanceType),
        capacity: expectedCapacity(hosts, instanceType, known),
        price: priceOf(instanceType, known, catalog.prices),
        offerings: free,
      },
    ];
  });
  const times = again.filter((at) => at !== null);
  return {
    options: [...options].sort(byPrice),
    missing: [...new Set(missing)],
    againAtMs: times.length === 0 ? null : Math.min(...times),
  };
}

const byPrice = (a: TypeOption, b: TypeOption): number =>
  Number(b.price.isListed) - Number(a.price.isListed) ||
  a.price.perHour - b.price.perHour ||
  (a.instanceType < b.instanceType ? -1 : 1);

const subnetsOf = (pool: Pool, subnets: readonly Subnet[]): readonly Subnet[] =>
  subnets
    .filter(
      ({ id, name }) => pool.subnets.length === 0 || pool.subnets.some((one) => one === id || one === name),
    )
    .filter(({ zone }) => pool.zones.length === 0 || pool.zones.includes(zone));

const noSubnet = (pool: Pool, subnets: readonly Subnet[]): string =>
  `none of the cluster's subnets (${subnets.map(({ id, zone }) => `${id} in ${zone}`).join(', ')}) is in the ` +
  `pool's zones [${pool.zones.join(', ')}] and subnets [${pool.subnets.join(', ')}]`;

/** What an operator reads who names groups that are not there, or after a deploy without them. */
export const noSecurityGroups = (name: string, known: readonly string[]): string =>
  `the cluster was deployed without security groups named "${name}" ` +
  (known.length === 0
    ? `(it has none with a name): deploy it with -c securityGroups.${name}=sg-...`
    : `(it has ${known.join(', ')}): name one of these, or deploy it with -c securityGroups.${name}=sg-...`);

/** The emptiest zone first. */
function byLoad(subnets: readonly Subnet[], hosts: readonly Host[]): readonly Subnet[] {
  const load = ({ id }: Subnet): number =>
    hosts.filter((host) => !isGone(host.state) && host.launch.subnetId === id).length;
  return [...subnets].sort((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1));
}
