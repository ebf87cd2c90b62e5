/** Draining a host in the whole control plane on one fake clock: start-first, one at a time, then the instance goes. */
import { describe, expect, it } from '@jest/globals';
import { hostId } from '../../../functions/core/model/ids.ts';
import { changeSettings } from '../../../functions/usecases/change-settings.ts';
import { drainHost, undrainHost } from '../../../functions/usecases/drain-host.ts';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SRV = '_http._tcp.web.shop';
type Cluster = Awaited<ReturnType<typeof littleCluster>>;

/** So many hosts with one replica each, which have room for all of them. */
async function settled(hosts: number, options: LittleClusterOptions = {}) {
  const cluster = await littleCluster(options);
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: 1 }) }));
  await cluster.settle(120);
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: hosts }) }));
  await cluster.settle(30);
  expect(cluster.answers('SRV', SRV)).toHaveLength(hosts);
  return cluster;
}

const drain = (cluster: Cluster, host: string, byMs: number | null = null) =>
  drainHost(cluster)({ host: hostId(host), reason: 'a new kernel', byMs, by: 'tester' });
const undrain = (cluster: Cluster, host: string) =>
  undrainHost(cluster)({ host: hostId(host), by: 'tester' });
const row = async (cluster: Cluster, host: string) => cluster.hosts.getHost(hostId(host));
const firstHost = async (cluster: Cluster) => (await cluster.hosts.listHosts())[0]?.id ?? '';
const hostsOf = (cluster: Cluster) =>
  cluster.answers('SRV', SRV).map((value) => /h-[a-z0-9]+/.exec(value)?.[0] ?? '');
const instanceStates = async (cluster: Cluster) =>
  (await cluster.launcher.list()).map(({ state }) => state).sort();

describe('a host that is drained', () => {
  it('is emptied start-first: DNS never holds fewer replicas than are wanted, and its instance goes last', async () => {
    const cluster = await settled(3);
    const host = await firstHost(cluster);
    await drain(cluster, host);
    const counts: number[] = [];
    await cluster.settle(90, () => counts.push(new Set(cluster.answers('SRV', SRV)).size));
    expect(Math.min(...counts)).toBe(3);
    expect(hostsOf(cluster)).not.toContain(host);
    expect(await row(cluster, host)).toMatchObject({
      state: 'terminated',
      reason: expect.stringContaining('a new kernel'),
    });
    expect(await instanceStates(cluster)).toEqual(['running', 'running', 'terminated']);
    const codes = await cluster.events();
    expect(codes.indexOf('host-draining')).toBeLessThan(codes.lastIndexOf('task-draining'));
    expect(codes.lastIndexOf('task-stopping')).toBeLessThan(codes.lastIndexOf('host-gone'));
  });

  it('moves one replica of a service at a time', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service({ replicas: 4 }) }));
    await cluster.settle(60);
    const host = await firstHost(cluster);
    expect(new Set(hostsOf(cluster))).toEqual(new Set([host]));
    await drain(cluster, host);
    let most = 0;
    const watch = async () => {
      const replicas = await cluster.replicas();
      most = Math.max(most, replicas.filter((one) => one.host !== null && one.phase !== 'draining').length);
    };
    for (let second = 0; second < 240; second += 1) {
      await cluster.settle(1);
      await watch();
    }
    // Four that serve and the one on its way in; those on their way out are out of DNS.
    expect(most).toBeLessThanOrEqual(6);
    expect((await row(cluster, host))?.state).toBe('terminated');
    expect(hostsOf(cluster)).toHaveLength(4);
    expect(hostsOf(cluster)).not.toContain(host);
  });

  it('makes demand for a host when there is no room elsewhere', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service({ replicas: 1 }) }));
    await cluster.settle(60);
    const host = await firstHost(cluster);
    await drain(cluster, host);
    await cluster.settle(120);
    expect(await instanceStates(cluster)).toEqual(['running', 'terminated']);
    expect(hostsOf(cluster)).toHaveLength(1);
    expect(hostsOf(cluster)).not.toContain(host);
  });

  it('keeps its replicas, and its place, while the pool may have no other host', async () => {
    const pool = { instanceType: 't3.small', architecture: 'x86_64' as const, hostsMax: 1 };
    const cluster = await littleCluster({ settings: { pool } });
    await cluster.put(stack({ web: service({ replicas: 1 }) }));
    await cluster.settle(60);
    const host = await firstHost(cluster);
    await drain(cluster, host);
    await cluster.settle(120);
    expect(hostsOf(cluster)).toEqual([host]);
    expect(await row(cluster, host)).toMatchObject({ state: 'draining' });
    expect(await cluster.events()).toContain('pool-exhausted');
  });

  it('takes tasks again when that is taken back, and what has not left stays', async () => {
    const cluster = await settled(2);
    const host = await firstHost(cluster);
    await drain(cluster, host);
    await undrain(cluster, host);
    await cluster.settle(60);
    expect(await row(cluster, host)).toMatchObject({ state: 'ready', drain: null });
    expect(hostsOf(cluster).sort()).toEqual((await cluster.hosts.listHosts()).map(({ id }) => id).sort());
  });

  it('stays drained when it falls silent and comes back', async () => {
    const pool = { instanceType: 't3.small', architecture: 'x86_64' as const, hostsMax: 2 };
    const cluster = await settled(2, { settings: { pool } });
    const host = await firstHost(cluster);
    cluster.links.cut(host, 'control-plane');
    await drain(cluster, host);
    await cluster.settle(45);
    expect((await row(cluster, host))?.state).toBe('suspect');
    cluster.links.mend(host);
    await cluster.settle(90);
    expect((await row(cluster, host))?.state).toBe('terminated');
    expect(hostsOf(cluster)).toHaveLength(2);
  });

  it('asked twice is drained once, and the earlier deadline stands', async () => {
    const cluster = await settled(2);
    const host = await firstHost(cluster);
    const soon = cluster.clock.nowMs() + 600_000;
    await drain(cluster, host, soon);
    await drain(cluster, host, soon + 1);
    await drain(cluster, host);
    expect((await row(cluster, host))?.drain?.byMs).toBe(soon);
    expect((await cluster.events()).filter((code) => code === 'host-draining')).toHaveLength(1);
  });

  it('and is not known is a 404 of its own', async () => {
    const cluster = await littleCluster();
    await expect(drain(cluster, 'h-nosuchhost')).rejects.toThrow('there is no host h-nosuchhost');
  });
});

describe('a host that ends at a known time', () => {
  it('has all its replicas replaced at once, and gives none up while a replacement may still serve in time', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service({ replicas: 4 }) }));
    await cluster.settle(60);
    const host = await firstHost(cluster);
    await drain(cluster, host, cluster.clock.nowMs() + 120_000);
    const counts: number[] = [];
    await cluster.settle(85, () => counts.push(new Set(cluster.answers('SRV', SRV)).size));
    expect(Math.min(...counts)).toBe(4);
    expect(hostsOf(cluster)).not.toContain(host);
  });
});

/** The next write of that row is made, and whoever made it says no more. */
async function killedAfterPut(
  cluster: Cluster,
  store: 'hosts' | 'cluster',
  put: 'putHost' | 'put',
  change: () => Promise<unknown>,
) {
  const holder = cluster[store] as unknown as Record<string, (...given: unknown[]) => Promise<void>>;
  const write = holder[put]!.bind(holder);
  const append = cluster.decisions.append.bind(cluster.decisions);
  holder[put] = async (...given) => {
    await write(...given);
    cluster.decisions.append = () => Promise.reject(new Error('the function was killed'));
  };
  await expect(change()).rejects.toThrow('killed');
  holder[put] = write;
  Object.assign(cluster.decisions, { append });
}
const audit = (cluster: Cluster, ...codes: string[]) =>
  cluster.decisions
    .all()
    .filter(({ code }) => codes.includes(code))
    .map(({ message }) => message);

describe('the audit row of a change that lost its words (I25)', () => {
  it('of a drain is written by whoever changes it next, else by the loop, once', async () => {
    const cluster = await settled(2);
    const host = await firstHost(cluster);
    await killedAfterPut(cluster, 'hosts', 'putHost', () => drain(cluster, host));
    const rows = () => audit(cluster, 'host-draining', 'host-undrained').map((words) => words.slice(0, 14));
    expect(rows()).toEqual([]);
    await killedAfterPut(cluster, 'hosts', 'putHost', () => undrain(cluster, host));
    expect(rows()).toEqual(['a new kernel; ']);
    const changedAtMs = cluster.clock.nowMs();
    await cluster.clock.advance(5000);
    for (let pass = 0; pass < 3; pass += 1) await cluster.loops.reconcile();
    expect(rows()).toEqual(['a new kernel; ', 'it takes tasks']);
    expect(cluster.decisions.all().find(({ code }) => code === 'host-undrained')).toMatchObject({
      atMs: changedAtMs,
      by: 'api',
      audit: true,
    });
  });

  it('of settings is written by whoever changes them next, else by the loop, once', async () => {
    const cluster = await littleCluster();
    const change = (pollMs: number) => changeSettings(cluster)({ patch: { pollMs }, by: 'tester' });
    await killedAfterPut(cluster, 'cluster', 'put', () => change(1000));
    expect(audit(cluster, 'settings-changed')).toEqual([]);
    await killedAfterPut(cluster, 'cluster', 'put', () => change(2000));
    expect(audit(cluster, 'settings-changed')).toEqual(['pollMs = 1000, by tester']);
    for (let pass = 0; pass < 3; pass += 1) await cluster.loops.reconcile();
    await change(3000);
    expect(audit(cluster, 'settings-changed')).toEqual(
      [1000, 2000, 3000].map((pollMs) => `pollMs = ${pollMs}, by tester`),
    );
  });
});
