/** Garbage in the whole control plane on one fake clock: what is nobody's goes, with its reason; what is somebody's never. */
import { describe, expect, it } from '@jest/globals';
import type { Host } from '../../../functions/core/model/host.ts';
import { DEFAULT_SETTINGS } from '../../../functions/core/model/cluster.ts';
import { unwantedIntents, orphans } from '../../../functions/core/hosts/garbage.ts';
import { AUDIT_EVERY_MS, zoneAuditor } from '../../../functions/usecases/audit-zone.ts';
import { ThrottledError } from '../../../functions/usecases/errors.ts';
import { KEPT_AGAIN_MS } from '../../../functions/usecases/collect-orphans.ts';
import { requestPace } from '../../../functions/usecases/request-pace.ts';
import { LOOK_APART_MS } from '../../../functions/core/garbage/two-looks.ts';
import { host, hostView, instance, NOW, settings, ZONE } from '../../support/builders.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;
const GARBAGE = 'garbage-deleted';

async function running(hosts: number, options: LittleClusterOptions = {}) {
  const cluster = await littleCluster(options);
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: 1 }) }));
  await cluster.settle(90);
  return cluster;
}

/** An instance with our tags that the table knows nothing of. */
async function orphaned(cluster: Cluster, name: string) {
  const [one] = await cluster.hosts.listHosts();
  const { launch } = one as Host;
  const { instanceType, subnetId } = launch;
  const offerings = [{ instanceType, subnetId, zone: 'us-east-1a' }];
  const batch = { batch: `b-${name}`, size: 1, offerings, clientToken: `token-${name}` };
  const outcome = await cluster.launcher.launch({ ...launch, ...batch });
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  return outcome.instances[0]!.instanceId;
}
/** With the minute rule's own ticks, which look wider. */
async function pass(cluster: Cluster, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 60) {
    await cluster.tick(true);
    await cluster.settle(Math.min(60, left));
  }
}
const alive = async (cluster: Cluster) =>
  (await cluster.launcher.list()).filter(({ state }) => state === 'running').map((one) => one.instanceId);
const told = async (cluster: Cluster, code: string) =>
  (await cluster.decisions.list({ limit: 1000 })).filter((one) => one.code === code);

describe('instances that belong to no host', () => {
  it('are terminated once they are old enough and were seen twice, with the reason in events', async () => {
    const cluster = await running(2);
    const wanted = await alive(cluster);
    const orphan = await orphaned(cluster, 'nobody0001');
    await pass(cluster, DEFAULT_SETTINGS.garbageAgeMs / 1000 - 20);
    expect(await alive(cluster)).toContain(orphan);
    await pass(cluster, 120);
    expect((await alive(cluster)).sort()).toEqual([...wanted].sort());
    const [event, ...more] = await told(cluster, GARBAGE);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      subject: orphan,
      message: expect.stringContaining('no host of its batch b-nobody0001 waits for an instance'),
    });
  });

  it('go one after the other, a tenth at a time', async () => {
    const cluster = await running(1);
    const many = await Promise.all(['a', 'b', 'c'].map((name) => orphaned(cluster, `nobody000${name}`)));
    await pass(cluster, 300);
    expect((await alive(cluster)).filter((id) => many.includes(id))).toEqual([]);
    const times = (await told(cluster, GARBAGE)).map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(LOOK_APART_MS);
    expect(await told(cluster, GARBAGE)).toHaveLength(3);
  });

  it.each([
    [
      'a page each',
      (cluster: Cluster) => cluster.launcher.model.faults.cutPages({ maximum: 1, emptyFirst: true }),
    ],
    [
      'lists that fail',
      (cluster: Cluster) =>
        cluster.launcher.model.faults.failNext('DescribeInstances', {
          code: 'RequestLimitExceeded',
          times: 40,
        }),
    ],
  ])('are told from those that belong to hosts: %s', async (_, spoil) => {
    const cluster = await running(3);
    const wanted = await alive(cluster);
    spoil(cluster);
    for (let second = 0; second < 300; second += 15) await pass(cluster, 15).catch(() => undefined);
    cluster.launcher.model.faults.clear();
    expect((await alive(cluster)).sort()).toEqual([...wanted].sort());
    expect(await told(cluster, GARBAGE)).toEqual([]);
  });

  it('and are hidden for a while, or shown late, are still found, and nobody else is', async () => {
    const cluster = await running(2, { launcher: { describeLagMs: 60_000 } as never });
    const wanted = await alive(cluster);
    const orphan = await orphaned(cluster, 'nobody0002');
    cluster.launcher.model.faults.hide(orphan, cluster.clock.nowMs() + 90_000);
    await pass(cluster, 300);
    expect((await alive(cluster)).sort()).toEqual([...wanted].sort());
  });

  it('stay, and are told of once, when somebody protects them from termination', async () => {
    const cluster = await running(1);
    const orphan = await orphaned(cluster, 'nobody0003');
    const refused = { code: 'OperationNotPermitted', times: 50 };
    cluster.launcher.model.faults.failNext('TerminateInstances', refused);
    await pass(cluster, 400);
    expect(await alive(cluster)).toContain(orphan);
    expect(await told(cluster, 'garbage-kept')).toHaveLength(1);
  });

  it('go within the hour after the protection is gone', async () => {
    const cluster = await running(1);
    const wanted = await alive(cluster);
    await orphaned(cluster, 'nobody0004');
    const refused = { code: 'OperationNotPermitted', times: 1 };
    cluster.launcher.model.faults.failNext('TerminateInstances', refused);
    await pass(cluster, 400);
    expect(await alive(cluster)).toHaveLength(2);
    await cluster.clock.advance(KEPT_AGAIN_MS - 300_000);
    await pass(cluster, 400);
    expect(await alive(cluster)).toEqual(wanted);
    expect(await told(cluster, 'garbage-kept')).toHaveLength(1);
  });

  it('prove nothing while the table has no host at all', () => {
    const one = instance(host('a'), { launchedAtMs: NOW - 3_600_000 });
    expect(orphans([one], [], settings(), NOW)).toEqual([]);
    expect(orphans([one], [host('b')], settings(), NOW)).toHaveLength(1);
  });

  it.each([
    ['its own row', host('a'), {}, null],
    [
      'an intent that has not heard of its launch',
      host('a', { instanceId: null, state: 'requested' }),
      {},
      null,
    ],
    ['a row of another instance', host('a', { instanceId: 'i-0aaaaaaa' }), {}, 'is i-0aaaaaaa'],
    ['a terminated row', host('a', { state: 'terminated' }), {}, 'is terminated'],
    ['no tag of a host or batch', host('b'), { host: null, batch: null }, 'neither a tag berth:host'],
    [
      'a batch that has its instances',
      host('a', { instanceId: 'i-1' }),
      { host: null },
      'waits for an instance',
    ],
    ['a batch of which one waits', host('a', { instanceId: null, state: 'requested' }), { host: null }, null],
    ['an instance that is gone anyway', host('b'), { state: 'terminated' as const }, null],
    ['one that is young', host('b'), { launchedAtMs: NOW - 119_999 }, null],
  ])('or to one: %s', (_, row, over, reason) => {
    const one = instance(host('a'), { launchedAtMs: NOW - 120_000, ...over });
    const found = orphans([one], [row], settings(), NOW);
    expect(found.map((each) => each.reason)).toEqual(
      reason === null ? [] : [expect.stringContaining(reason)],
    );
  });
});

describe('intents that nobody waits for', () => {
  it('are cancelled, and the instance that was launched for one all the same is ended', async () => {
    const cluster = await littleCluster();
    cluster.launcher.model.faults.failNext('CreateFleet', {
      code: 'InternalError',
      status: 500,
      times: 500,
    });
    await cluster.put(stack({ web: service({}) }));
    await pass(cluster, 20);
    await cluster.remove('shop');
    const first = async () => (await cluster.hosts.listHosts())[0];
    for (let step = 0; step < 60 && (await first())?.state === 'requested'; step += 1) await pass(cluster, 5);
    const row = await first();
    expect(row).toMatchObject({ state: 'terminating', reason: expect.stringContaining('no task waits') });
    cluster.launcher.model.faults.clear();
    await cluster.launcher.launch(row!.launch);
    await pass(cluster, 150);
    expect(await alive(cluster)).toEqual([]);
    expect((await cluster.hosts.listHosts()).map(({ state }) => state)).toEqual(['terminated']);
  });

  it('are those that are old, not launched, and of no use', () => {
    const at = { requestedAtMs: NOW - 120_000, instanceId: null };
    const hosts = [
      hostView(host('a', { ...at, state: 'requested' })),
      hostView(host('b', { ...at, state: 'requested', requestedAtMs: NOW - 1 })),
      hostView(host('c', { ...at, state: 'booting', instanceId: 'i-1' })),
    ];
    expect(unwantedIntents({ hosts, settings: settings() }, [], NOW).map(({ id }) => id)).toEqual(['h-a']);
  });
});

describe('the zone', () => {
  const put = async (cluster: Cluster, name: string, type: 'A' | 'SRV', value: string) => {
    await cluster.clock.advance(2000);
    const record = { name: `${name}.${ZONE}`, type, ttlSeconds: 10, values: [value] };
    const outcome = await cluster.directory.apply([{ action: 'CREATE', record }], 'by hand');
    expect(outcome.kind).toBe('accepted');
  };
  const names = async (cluster: Cluster) =>
    (await cluster.directory.list())
      .filter(({ type }) => type === 'A' || type === 'SRV')
      .map(({ name }) => name.slice(0, -ZONE.length - 1));

  it('loses records of ours that nobody wants, and keeps everybody else’s', async () => {
    const cluster = await running(1);
    const before = await names(cluster);
    await put(cluster, 'h-forgotten1', 'A', '10.9.9.9');
    await put(cluster, '_http._tcp.old.shop', 'SRV', `0 1 20001 h-forgotten1.${ZONE}.`);
    await put(cluster, 'printer', 'A', '10.9.9.8');
    await pass(cluster, 900);
    expect((await names(cluster)).sort()).toEqual([...before, 'printer'].sort());
    const subjects = (await told(cluster, GARBAGE)).map(({ subject }) => subject).sort();
    expect(subjects).toEqual(['h-forgotten1', 'old.shop']);
  });

  it('is read anew when the clock says so, though the last reading took a moment', async () => {
    const cluster = await running(1);
    const { clock, store, directory, decisions } = cluster;
    const readAtMs: number[] = [];
    const slow = async () => {
      readAtMs.push(clock.nowMs());
      const records = await directory.list();
      await clock.advance(50);
      return records;
    };
    const deps = { store, directory: { list: slow }, decisions, clock, ids: fakeIds('audit'), zone: ZONE };
    const audit = zoneAuditor(deps, requestPace(clock));
    const startMs = clock.nowMs();
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(startMs + round * AUDIT_EVERY_MS - clock.nowMs());
      await audit();
      await clock.advance(AUDIT_EVERY_MS / 2);
      await audit(); // woken by something else: too soon
    }
    expect(readAtMs).toEqual([0, 1, 2].map((round) => startMs + round * AUDIT_EVERY_MS));
  });

  it('is mended though Route 53 throttles the readings for a while', async () => {
    const cluster = await running(1);
    const srv = (await cluster.directory.list()).find(({ type }) => type === 'SRV');
    await cluster.directory.apply([{ action: 'DELETE', record: srv! }], 'by hand');
    const list = cluster.directory.list.bind(cluster.directory);
    let refused = 0;
    cluster.directory.list = () => {
      refused += 1;
      if (refused > 3) return list();
      return Promise.reject(new ThrottledError('Route 53 throttles (Throttling)'));
    };
    await pass(cluster, 660);
    expect(refused).toBeGreaterThan(3);
    expect(cluster.answers('SRV', '_http._tcp.web.shop')).toEqual(srv!.values);
  });

  it('gets back what somebody deleted from it', async () => {
    const cluster = await running(1);
    const before = await cluster.directory.list();
    const srv = before.find(({ type }) => type === 'SRV');
    await cluster.directory.apply([{ action: 'DELETE', record: srv! }], 'by hand');
    await pass(cluster, 900);
    expect(cluster.answers('SRV', '_http._tcp.web.shop')).toEqual(srv!.values);
    expect(await told(cluster, 'dns-mended')).toHaveLength(1);
  });

  it('is not written to while there is nothing to mend', async () => {
    const cluster = await running(1);
    await pass(cluster, 60);
    const plan = (await cluster.store.load()).head;
    await pass(cluster, 1300);
    expect((await cluster.store.load()).head).toEqual(plan);
    expect(await told(cluster, 'dns-mended')).toEqual([]);
  });
});
