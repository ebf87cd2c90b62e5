import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideCluster } from '../../../../functions/core/decide-cluster.ts';
import type { HostCatalog } from '../../../../functions/core/hosts/offerings.ts';
import { FILE_ALONE } from '../../../../functions/core/model/price.ts';
import { planHosts } from '../../../../functions/core/hosts/plan-hosts.ts';
import { rememberFailures } from '../../../../functions/core/hosts/shortages.ts';
import { priceOf } from '../../../../functions/core/hosts/prices.ts';
import type { Host } from '../../../../functions/core/model/host.ts';
import { NOTHING_SHORT, type OfferingMemory } from '../../../../functions/core/model/offering.ts';
import { poolsOf, type PoolSpec } from '../../../../functions/core/model/pool.ts';
import type { ServiceSpec } from '../../../../functions/core/model/service-spec.ts';
import {
  head,
  host,
  hostView,
  MIB,
  NOW,
  revision,
  serviceSpec,
  settings,
  snapshot,
} from '../../../support/builders.ts';

const GIB = 1024 * MIB;
const type = (vcpus: number, gib: number) => ({
  cpuMillis: vcpus * 1000,
  memoryBytes: gib * GIB,
  quota: 'L-1216C47A',
});
const CATALOG: HostCatalog = {
  prices: FILE_ALONE,
  types: new Map([
    ['t3.small', type(2, 2)],
    ['t3.large', type(2, 8)],
    ['m7i.large', type(2, 8)],
    ['m7i.xlarge', type(4, 16)],
    ['m7g.large', type(2, 8)],
    ['zz9.large', type(2, 8)],
    ['g5.xlarge', { ...type(4, 16), quota: 'L-DB2E81BA' }],
  ]),
  securityGroups: [],
  subnets: [
    { id: 'subnet-a', zone: 'us-east-1a', name: 'hosts-a' },
    { id: 'subnet-b', zone: 'us-east-1b', name: 'hosts-b' },
  ],
};
const POOL: PoolSpec = { ...poolsOf(settings())[0]!, instanceTypes: ['m7i.xlarge', 't3.large', 't3.small'] };

interface Case {
  readonly spec?: Partial<ServiceSpec>;
  readonly pool?: Partial<PoolSpec>;
  readonly pools?: Readonly<Record<string, PoolSpec>>;
  readonly hosts?: readonly Host[];
  readonly memory?: OfferingMemory;
  readonly limit?: number;
  readonly nowMs?: number;
}

function plan({ spec, pool, pools, hosts = [], memory = NOTHING_SHORT, limit = 100, nowMs = NOW }: Case) {
  const state = snapshot({
    settings: settings({ pools: { default: { ...POOL, ...pool }, ...pools } }),
    ...(spec && { stacks: [head()], revisions: [revision({ web: serviceSpec(spec) })] }),
    hosts: hosts.map((one) => hostView(one)),
  });
  const { unplaced } = decideCluster(state, nowMs, 's');
  return planHosts({ snapshot: state, unplaced, catalog: CATALOG, memory, limit, nowMs });
}
const counts = (of: ReturnType<typeof plan>) => {
  const all = new Map<string, number>();
  for (const { instanceType, count } of of.batches)
    all.set(instanceType, (all.get(instanceType) ?? 0) + count);
  return Object.fromEntries(all);
};
const memoryOf = (gib: number, cpuMillis = 100) => ({
  reservedCpuMillis: cpuMillis,
  reservedMemoryBytes: gib * GIB,
  limitPids: 10,
});
const requested = (name: string, over: Partial<Host> = {}) =>
  host(name, { state: 'requested', instanceId: null, registeredAtMs: null, launchedAtMs: null, ...over });

describe('how many hosts', () => {
  const small = { instanceTypes: ['t3.small'] };

  it('one for what fits one, two where one replica a host is allowed', () => {
    expect(counts(plan({ pool: small, spec: { replicas: 2 } }))).toEqual({ 't3.small': 1 });
    expect(counts(plan({ pool: small, spec: { replicas: 2, maxReplicasPerHost: 1 } }))).toEqual({
      't3.small': 2,
    });
  });

  it('those that are coming are not asked for again', () => {
    const spec = { replicas: 2, maxReplicasPerHost: 1 };
    expect(counts(plan({ pool: small, spec, hosts: [requested('a')] }))).toEqual({ 't3.small': 1 });
    const both = [requested('a'), host('b', { state: 'booting', registeredAtMs: null })];
    expect(plan({ pool: small, spec, hosts: both }).batches).toEqual([]);
  });

  it('none for what no host could ever take, and no word of the pool being full', () => {
    expect(plan({ pool: small, spec: { resources: memoryOf(1, 9000) } })).toMatchObject({
      batches: [],
      refusals: [],
    });
  });

  it('the pool’s maximum is the end, and says so', () => {
    const spec = { replicas: 5, maxReplicasPerHost: 1 };
    const full = plan({ pool: { ...small, hostsMax: 3 }, spec });
    expect(counts(full)).toEqual({ 't3.small': 3 });
    expect(full.refusals).toEqual([
      { pool: 'default', message: expect.stringContaining('its 3 hosts (hostsMax)') },
    ]);
    expect(plan({ pool: { ...small, hostsMax: 0 }, spec }).batches).toEqual([]);
  });

  it('no more than the bound of one plan', () => {
    const spec = { replicas: 30, maxReplicasPerHost: 1 };
    expect(counts(plan({ pool: { ...small, hostsMax: 100 }, spec, limit: 10 }))).toEqual({ 't3.small': 10 });
  });
});

describe('which types', () => {
  it('the cheapest that fits; types without a list price come last, and it is said', () => {
    const pool = { instanceTypes: ['zz9.large', 'm7i.large', 't3.large'] };
    const { batches } = plan({ pool, spec: { resources: memoryOf(4) } });
    expect(batches.map(({ instanceType }) => instanceType)).toEqual(['t3.large']);
    expect(batches[0]!.reason).toMatch(
      /^a t3.large for 1 waiting task: the cheapest of 3 types.*list price of us-east-1, \d/,
    );
    expect(batches[0]!.offerings.map((one) => one.instanceType)).toEqual([
      't3.large',
      't3.large',
      'm7i.large',
      'm7i.large',
      'zz9.large',
      'zz9.large',
    ]);
    const { batches: alone } = plan({ pool: { instanceTypes: ['zz9.large'] }, spec: {} });
    expect(alone[0]!.reason).toContain('the price list has no such type');
  });

  it('the cheapest set: sizes are mixed, the last host is as small as its tasks', () => {
    // Three of 5 GiB: two on an xlarge ($0.2016), or one each on a t3.large ($0.0832).
    expect(counts(plan({ spec: { replicas: 3, resources: memoryOf(5) } }))).toEqual({ 't3.large': 3 });
    // One of them alone costs less on a small one than on any that holds all.
    const mixed = plan({
      pool: { instanceTypes: ['m7i.xlarge', 't3.small'] },
      spec: { replicas: 3, resources: memoryOf(1.5) },
    });
    expect(counts(mixed)).toEqual({ 't3.small': 3 });
  });

  it('the architecture that the task needs', () => {
    const pool = { instanceTypes: ['t3.large', 'm7g.large'] };
    expect(counts(plan({ pool, spec: { platform: 'linux/arm64' } }))).toEqual({ 'm7g.large': 1 });
  });
});

describe('where', () => {
  it('hosts are dealt over the zones, one batch a zone, the emptier zone first', () => {
    const spec = { replicas: 3, maxReplicasPerHost: 1 };
    const { batches } = plan({ pool: { instanceTypes: ['t3.small'] }, spec, hosts: [requested('x')] });
    const lead = batches.map(({ count, offerings }) => [count, offerings[0]!.zone]);
    // h-x is in subnet-a and takes one of them.
    expect(lead).toEqual([
      [1, 'us-east-1b'],
      [1, 'us-east-1a'],
    ]);
    expect(batches[0]!.offerings.map(({ zone }) => zone)).toEqual(['us-east-1b', 'us-east-1a']);
  });

  it('only in the pool’s zones and subnets, by id or name; none of them is a reason', () => {
    const one = (pool: Partial<PoolSpec>) => plan({ pool, spec: {} });
    const zones = (of: ReturnType<typeof plan>) =>
      of.batches.flatMap((b) => b.offerings.map(({ zone }) => zone));
    expect(new Set(zones(one({ zones: ['us-east-1b'] })))).toEqual(new Set(['us-east-1b']));
    expect(new Set(zones(one({ subnets: ['hosts-a'] })))).toEqual(new Set(['us-east-1a']));
    expect(new Set(zones(one({ subnets: ['subnet-b'] })))).toEqual(new Set(['us-east-1b']));
    const none = one({ zones: ['us-east-1f'] });
    expect([none.batches, none.refusals[0]?.message]).toEqual([[], expect.stringContaining('us-east-1f')]);
  });
});

describe('what is short', () => {
  const pool = { instanceTypes: ['t3.small', 't3.large'] };
  const short = (kind: 'no-capacity' | 'refused', instanceType: string, zones = ['a', 'b']) =>
    zones.map((zone) => ({
      kind,
      offering: { instanceType, subnetId: `subnet-${zone}`, zone: `us-east-1${zone}` },
      message: 'none',
    }));

  it('is not asked for again in its time: the next one is, at once', () => {
    const memory = rememberFailures(NOTHING_SHORT, short('no-capacity', 't3.small'), NOW);
    const asked = (nowMs: number) =>
      plan({ pool, spec: {}, memory, nowMs }).batches[0]!.offerings[0]!.instanceType;
    expect([asked(NOW), asked(NOW + 179_999), asked(NOW + 180_000)]).toEqual([
      't3.large',
      't3.large',
      't3.small',
    ]);
  });

  it('in one zone only, is had from the other', () => {
    const memory = rememberFailures(NOTHING_SHORT, short('no-capacity', 't3.small', ['a']), NOW);
    const [batch] = plan({ pool, spec: {}, memory }).batches;
    expect(batch!.offerings.map(({ instanceType, zone }) => `${instanceType} ${zone}`)).toEqual([
      't3.small us-east-1b',
      't3.large us-east-1b',
      't3.large us-east-1a',
    ]);
  });

  it('everywhere, waits, says so, and knows when', () => {
    const memory = rememberFailures(
      NOTHING_SHORT,
      [...short('no-capacity', 't3.small'), ...short('no-capacity', 't3.large')],
      NOW,
    );
    const waiting = plan({ pool, spec: {}, memory });
    expect(waiting).toMatchObject({ batches: [], againAtMs: NOW + 180_000 });
    expect(waiting.refusals[0]?.message).toMatch(/t3.small is short in every zone \(none\)/);
  });

  it('pauses double while it goes on, but with nothing else left the first one counts', () => {
    let memory = NOTHING_SHORT;
    for (let time = 0; time < 3; time += 1)
      memory = rememberFailures(memory, short('no-capacity', 't3.small'), NOW + time);
    const at = NOW + 2;
    expect(memory.shortages.map(({ untilMs }) => untilMs - at)).toEqual([720_000, 720_000]);
    const alone = { instanceTypes: ['t3.small'] };
    expect(plan({ pool: alone, spec: {}, memory, nowMs: at + 179_999 }).batches).toEqual([]);
    expect(plan({ pool: alone, spec: {}, memory, nowMs: at + 180_000 }).batches).toHaveLength(1);
    expect(plan({ pool, spec: {}, memory, nowMs: at + 180_000 }).batches[0]!.instanceType).toBe('t3.large');
  });

  it('the account’s limit stops everything that counts against that quota, and nothing else', () => {
    const [one] = short('refused', 't3.small');
    const limit = { ...one!, kind: 'account-limit', quota: 'L-1216C47A' } as const;
    const memory = rememberFailures(NOTHING_SHORT, [limit, limit], NOW);
    const stopped = plan({ pool, spec: {}, memory });
    expect(stopped).toMatchObject({ batches: [], againAtMs: NOW + 60_000 });
    expect(stopped.refusals[0]?.message).toMatch(/account's limit L-1216C47A is reached/);
    const other = { instanceTypes: ['t3.small', 'g5.xlarge'] };
    expect(counts(plan({ pool: other, spec: {}, memory }))).toEqual({ 'g5.xlarge': 1 });
  });
});

describe('budgets', () => {
  it('of nothing launch nothing, and say so', () => {
    const none = plan({ pool: { budgetPerHour: 0 }, spec: {} });
    expect([none.batches, none.refusals[0]?.message]).toEqual([
      [],
      expect.stringMatching(/budget of \$0\/h has no room for a t3.small at \$0.0208\/h/),
    ]);
  });

  it('count what is there, and leave no alternative that would break them', () => {
    const pool = { instanceTypes: ['t3.small', 't3.large'], budgetPerHour: 0.07 };
    const spec = { replicas: 5, maxReplicasPerHost: 1 };
    const some = plan({ pool, spec, hosts: [host('a', { state: 'draining' })] });
    expect(counts(some)).toEqual({ 't3.small': 2 });
    expect(some.batches.flatMap((b) => b.offerings.map((one) => one.instanceType))).not.toContain('t3.large');
    expect(some.refusals).toHaveLength(1);
  });
});

describe('what a pool keeps', () => {
  it('its least number of hosts, of the cheapest type', () => {
    expect(counts(plan({ pool: { hostsMin: 2 } }))).toEqual({ 't3.small': 2 });
    expect(plan({ pool: { hostsMin: 2 }, hosts: [host('a'), requested('b')] }).batches).toEqual([]);
  });

  it('room for containers, beside what runs and what waits', () => {
    const headroom = { count: 2, cpuMillis: 500, memoryBytes: GIB };
    const pool = { instanceTypes: ['t3.small'], headroom };
    expect(counts(plan({ pool }))).toEqual({ 't3.small': 2 });
    expect(plan({ pool, hosts: [host('a'), host('b')] }).batches).toEqual([]);
    expect(counts(plan({ pool, spec: { replicas: 1, resources: memoryOf(1) } }))).toEqual({ 't3.small': 3 });
  });

  it('itself to those that tolerate it', () => {
    const tainted = { ...POOL, taints: [{ key: 'gpu', value: 'yes' }] };
    const other = plan({ pool: { hostsMax: 0 }, pools: { special: tainted }, spec: {} });
    expect(other.batches).toEqual([]);
    const open = plan({ pool: { hostsMax: 0 }, pools: { more: POOL }, spec: {} });
    expect(open.batches.map(({ pool }) => pool)).toEqual(['more']);
  });
});

describe('whatever is asked for', () => {
  const sizes = fc.record({
    replicas: fc.integer({ min: 1, max: 40 }),
    gib: fc.integer({ min: 1, max: 12 }),
    present: fc.integer({ min: 0, max: 6 }),
    hostsMax: fc.integer({ min: 0, max: 12 }),
    budgetPerHour: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    hostsMin: fc.integer({ min: 0, max: 5 }),
    headroom: fc.option(fc.integer({ min: 1, max: 4 })),
  });

  it('the maximum and the budget hold, whichever offering EC2 takes', () => {
    fc.assert(
      fc.property(sizes, ({ replicas, gib, present, hostsMax, budgetPerHour, hostsMin, headroom }) => {
        const hosts = Array.from({ length: present }, (_, index) => requested(`p${index}`));
        const pool = {
          hostsMax,
          hostsMin,
          budgetPerHour,
          headroom: headroom === null ? null : { count: headroom, cpuMillis: 500, memoryBytes: GIB },
        };
        const { batches } = plan({ pool, hosts, spec: { replicas, resources: memoryOf(gib) } });
        const count = batches.reduce((sum, batch) => sum + batch.count, 0);
        expect(count).toBeLessThanOrEqual(Math.max(0, hostsMax - present));
        const price = (name: string) => priceOf(name, CATALOG.types.get(name)!, FILE_ALONE).perHour;
        const dearest = batches.map((batch) =>
          Math.max(...batch.offerings.map((one) => price(one.instanceType) * batch.count)),
        );
        const spent = present * price('t3.small');
        // Each batch alone may become its dearest offering; together they are what was chosen.
        const chosen = batches.reduce((sum, batch) => sum + price(batch.instanceType) * batch.count, 0);
        if (budgetPerHour !== null && count > 0) {
          expect(spent + chosen).toBeLessThanOrEqual(budgetPerHour + 1e-6);
          for (const [index, batch] of batches.entries())
            expect(
              spent + chosen - price(batch.instanceType) * batch.count + dearest[index]!,
            ).toBeLessThanOrEqual(budgetPerHour + 1e-6);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('what is planned is enough: planned again with those hosts coming, nothing is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (replicas, gib) => {
        const spec = { replicas, resources: memoryOf(gib) };
        const { batches } = plan({ pool: { hostsMax: 50 }, spec });
        const hosts = batches.flatMap((batch, of) =>
          Array.from({ length: batch.count }, (_, index) =>
            requested(`n${of}x${index}`, { capacity: batch.capacity, launch: { ...host('a').launch } }),
          ),
        );
        expect(plan({ pool: { hostsMax: 50 }, spec, hosts }).batches).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
