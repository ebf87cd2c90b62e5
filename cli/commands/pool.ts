import { Command } from 'commander';
import { poolSpec, type PoolSpec, type PoolView } from '../../contract/pool-spec.ts';
import { deletePool, listPools, putPool } from '../api/routes.ts';
import { badInput } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { NONE, table } from '../output/table.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** `berth pool list|set|rm`: pools of hosts, their types, places and limits. */
export function poolCommand({ session, finish }: Host): Command {
  const list = verb('list', 'List the pools of hosts: types, limits, hosts', [
    'berth pool list',
    'berth pool list --json',
  ]).action(async (options: CommonOptions) => {
    const pools = await listPools(await session.connect(options));
    tell(session, options, pools, (paint) => showPools(pools, paint));
    finish(EXIT.ok);
  });
  const set = verb('set', 'Make a pool, or change what is named of it', [
    'berth pool set default instanceTypes=m7g.large,c7g.large,t4g.large hostsMax=20',
    'berth pool set batch instanceTypes=c7i.xlarge zones=us-east-1a budgetPerHour=1.5',
    'berth pool set default headroom=2x250mx512MiB hostsMin=1',
    'berth pool set gpu taints=gpu=yes labels=tier=gpu',
    'berth pool set db securityGroups=db',
    'berth pool set default budgetPerHour= headroom=',
  ])
    .argument('<pool>', 'name of the pool')
    .argument('<key=value...>', `${KEYS.join(', ')}; nothing after the = takes it away`)
    .action(async (name: string, pairs: readonly string[], options: CommonOptions) => {
      const api = await session.connect(options);
      const before = (await listPools(api)).find((pool) => pool.name === name);
      const pool = await putPool(api, name, poolOf(pairs, before));
      tell(session, options, pool, (paint) => showPools([pool], paint));
      finish(EXIT.ok);
    });
  const rm = verb('rm', 'Remove a pool that has no hosts', ['berth pool rm batch'])
    .argument('<pool>', 'name of the pool')
    .action(async (name: string, options: CommonOptions) => {
      const removed = await deletePool(await session.connect(options), name);
      tell(session, options, removed, () => `the pool ${name} is removed\n`);
      finish(EXIT.ok);
    });
  return new Command('pool')
    .description('Show or change the pools of hosts')
    .addCommand(list)
    .addCommand(set)
    .addCommand(rm);
}

/** Pools, then what their types cost, each type once. */
export const showPools = (pools: readonly PoolView[], paint: Paint): string =>
  `${poolTable(pools, paint)}\n${priceTable(pools, paint)}`;

function priceTable(pools: readonly PoolView[], paint: Paint): string {
  const prices = new Map(
    pools.flatMap((pool) => pool.prices.map((price) => [price.instanceType, price] as const)),
  );
  const rows = [...prices.values()].sort((a, b) => (a.instanceType < b.instanceType ? -1 : 1));
  return table(
    ['TYPE', '$/H', 'SOURCE', 'AS OF', 'WHICH IS'],
    rows.map(({ instanceType, perHour, source, asOf, origin }) => [
      paint('strong', instanceType),
      perHour === null ? NONE : String(perHour),
      source,
      asOf ?? NONE,
      paint('quiet', origin),
    ]),
  );
}

function poolTable(pools: readonly PoolView[], paint: Paint): string {
  // Most clusters have no groups with a name.
  const hasGroups = pools.some(({ securityGroups }) => securityGroups !== undefined);
  const heads = [
    'POOL',
    'TYPES',
    'ZONES',
    ...(hasGroups ? ['SECURITY GROUPS'] : []),
    'HOSTS',
    'MIN',
    'MAX',
    'BUDGET $/H',
    'HEADROOM',
    'TAINTS',
    'REASON',
  ];
  return table(
    heads,
    pools.map((pool) => [
      paint('strong', pool.name),
      pool.instanceTypes.join(','),
      pool.zones.length === 0 ? 'all' : pool.zones.join(','),
      ...(hasGroups ? [pool.securityGroups ?? NONE] : []),
      String(pool.hosts),
      String(pool.hostsMin),
      String(pool.hostsMax),
      pool.budgetPerHour === null ? NONE : String(pool.budgetPerHour),
      pool.headroom === null ? NONE : showHeadroom(pool.headroom),
      pool.taints.length === 0 ? NONE : pool.taints.map(({ key, value }) => `${key}=${value}`).join(','),
      paint('quiet', pool.reason),
    ]),
  );
}

const MIB = 1024 * 1024;
const showHeadroom = ({ count, cpuMillis, memoryBytes }: NonNullable<PoolSpec['headroom']>) =>
  `${String(count)}x${String(cpuMillis)}mx${String(Math.round(memoryBytes / MIB))}MiB`;

const NEW: Omit<PoolSpec, 'instanceTypes'> = {
  zones: [],
  subnets: [],
  securityGroups: undefined,
  hostsMin: 0,
  hostsMax: 10,
  headroom: null,
  budgetPerHour: null,
  labels: {},
  taints: [],
  registrationDeadlineMs: null,
};
const KEYS = ['instanceTypes', ...Object.keys(NEW)];

/** What a pool cannot choose for itself, and where it is chosen. */
const DEPLOYED: Readonly<Record<string, string>> = {
  vpc: 'all pools of a cluster are in the VPC that it was deployed with',
  architecture: 'architectures follow from the instance types',
};

/** @throws CliError exit 2 for an unknown key or a value that the contract refuses. */
export function poolOf(pairs: readonly string[], before: PoolView | undefined): PoolSpec {
  const current = before === undefined ? { ...NEW, instanceTypes: [] } : specOf(before);
  const given = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw badInput(`"${pair}" is no setting of a pool`, 'write KEY=VALUE, such as hostsMax=20');
    const [key, text] = [pair.slice(0, at), pair.slice(at + 1)];
    const why = Object.hasOwn(DEPLOYED, key) ? DEPLOYED[key] : undefined;
    if (why !== undefined) throw badInput(`a pool has no ${key} of its own: ${why}`);
    if (!KEYS.includes(key)) throw badInput(`pools have no "${key}"`, `known: ${KEYS.join(', ')}`);
    return [key, valueOf(key, text)] as const;
  });
  const checked = poolSpec.safeParse({ ...current, ...Object.fromEntries(given) });
  if (checked.success) return checked.data;
  const { issues } = checked.error;
  throw badInput(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

const specOf = ({
  name: _name,
  hosts: _hosts,
  prices: _prices,
  reason: _reason,
  ...spec
}: PoolView): PoolSpec => spec;

function valueOf(key: string, text: string): unknown {
  const items = text === '' ? [] : text.split(',');
  const pairs = items.map((item) => [item.split('=')[0] ?? '', item.split('=').slice(1).join('=')] as const);
  switch (key) {
    case 'instanceTypes':
    case 'zones':
    case 'subnets':
      return items;
    case 'labels':
      return Object.fromEntries(pairs);
    case 'taints':
      return pairs.map(([taint, value]) => ({ key: taint, value }));
    case 'securityGroups':
      return text === '' ? undefined : text;
    case 'headroom':
      return text === '' ? null : headroomOf(text);
    default:
      return text === '' ? null : Number(text);
  }
}

function headroomOf(text: string): PoolSpec['headroom'] {
  const [, count, cpuMillis, memoryMib] = /^(\d+)x(\d+)mx(\d+)MiB$/.exec(text) ?? [];
  if (count === undefined)
    throw badInput(
      `"${text}" is no headroom`,
      'write CONTAINERSxMILLICPUSmxMEMORYMiB, such as 2x250mx512MiB',
    );
  return {
    count: Number(count),
    cpuMillis: Number(cpuMillis),
    memoryBytes: Number(memoryMib) * MIB,
  };
}
