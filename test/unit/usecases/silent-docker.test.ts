/** A host whose Docker stays silent, in the whole control plane on one fake clock (row 4 of the faults). */
import { describe, expect, it } from '@jest/globals';
import { hostId } from '../../../functions/core/model/ids.ts';
import { drainHost, undrainHost } from '../../../functions/usecases/drain-host.ts';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SRV = '_http._tcp.web.shop';
type Cluster = Awaited<ReturnType<typeof littleCluster>>;

/** So many hosts with one replica each, which have room for all of them. */
async function settled(hosts: number, options: LittleClusterOptions = {}) {
  // Room that is not needed stays: this is about Docker.
  const settings = { surplusAfterMs: 3_600_000, ...options.settings };
  const cluster = await littleCluster({ ...options, settings });
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: 1 }) }));
  await cluster.settle(120);
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: hosts }) }));
  await cluster.settle(30);
  expect(cluster.answers('SRV', SRV)).toHaveLength(hosts);
  const ids = (await cluster.hosts.listHosts()).map(({ id }) => id);
  return { cluster, ids, first: ids[0]! };
}
const hostsOf = (cluster: Cluster) =>
  cluster.answers('SRV', SRV).map((value) => /h-[a-z0-9]+/.exec(value)?.[0] ?? '');
const rowOf = async (cluster: Cluster, host: string) => cluster.hosts.getHost(hostId(host));
const changes = (cluster: Cluster) =>
  cluster.decisions
    .all()
    .flatMap(({ code }) => (code.startsWith('host-') && code.includes('drain') ? [code] : []));
/** Names of slots that servers answer with: one address each, or a slot was published twice. */
const slots = (cluster: Cluster) =>
  [1, 2, 3, 4, 5, 6].flatMap((slot) => {
    const found = cluster.answers('A', `web-${slot}.web.shop`);
    return found.length === 0 ? [] : [found.length];
  });

describe('a host whose Docker stays silent', () => {
  it('changes nothing within its first minute and a half: DNS stays, and so do its replicas', async () => {
    const { cluster, ids, first } = await settled(2);
    cluster.hangs.add(first);
    const seen = new Set<string>();
    await cluster.settle(90, () => seen.add(hostsOf(cluster).sort().join()));
    cluster.hangs.delete(first);
    await cluster.settle(90, () => seen.add(hostsOf(cluster).sort().join()));
    expect([...seen]).toEqual([[...ids].sort().join()]);
    expect(changes(cluster)).toEqual([]);
  });

  it('is emptied start-first after two minutes, though nothing there can be stopped, and its instance goes last', async () => {
    const { cluster, first } = await settled(3);
    cluster.hangs.add(first);
    const counts: number[] = [];
    const published: number[] = [];
    const watch = () => {
      counts.push(new Set(cluster.answers('SRV', SRV)).size);
      published.push(...slots(cluster));
    };
    await cluster.settle(120, watch);
    expect(hostsOf(cluster)).toContain(first);
    await cluster.settle(60, watch);
    expect(hostsOf(cluster)).not.toContain(first);
    expect(await rowOf(cluster, first)).toMatchObject({
      state: 'draining',
      drain: { cause: 'silent-docker' },
    });
    await cluster.settle(180, watch);
    expect(await rowOf(cluster, first)).toMatchObject({
      state: 'terminated',
      reason: expect.stringContaining('its Docker has not answered for'),
    });
    expect(Math.min(...counts)).toBe(3);
    expect(Math.max(...published)).toBe(1);
    expect([...cluster.stoppedAtMs]).toEqual([]);
    expect(changes(cluster)).toEqual(['host-draining']);
  });

  it('stays when its Docker answers again before it is empty, and no slot was ever in DNS twice', async () => {
    const { cluster, ids, first } = await settled(3);
    cluster.hangs.add(first);
    const published: number[] = [];
    await cluster.settle(180, () => published.push(...slots(cluster)));
    expect((await rowOf(cluster, first))?.state).toBe('draining');
    cluster.hangs.delete(first);
    await cluster.settle(120, () => published.push(...slots(cluster)));
    expect(await rowOf(cluster, first)).toMatchObject({ state: 'ready', drain: null });
    expect(hostsOf(cluster)).toHaveLength(3);
    expect((await cluster.hosts.listHosts()).map(({ id, state }) => [id, state])).toEqual(
      ids.map((id) => [id, 'ready']),
    );
    expect(Math.max(...published)).toBe(1);
    expect(changes(cluster)).toEqual(['host-draining', 'host-undrained']);
  });

  it('is left alone while the Docker of many others is silent too: nothing is drained, launched or ended', async () => {
    const { cluster, ids } = await settled(6);
    for (const id of ids.slice(0, 3)) cluster.hangs.add(id);
    await cluster.settle(400);
    expect(changes(cluster)).toEqual([]);
    expect(hostsOf(cluster).sort()).toEqual([...ids].sort());
    expect((await cluster.launcher.list()).map(({ state }) => state)).toEqual(ids.map(() => 'running'));
  });

  it('keeps what nothing can replace: without room elsewhere its replica serves on', async () => {
    const pool = { instanceType: 't3.small', architecture: 'x86_64' as const, hostsMax: 1 };
    const { cluster, first } = await settled(1, { settings: { pool } });
    cluster.hangs.add(first);
    await cluster.settle(400);
    expect(hostsOf(cluster)).toEqual([first]);
    expect((await rowOf(cluster, first))?.state).toBe('draining');
  });
});

describe('an operator', () => {
  it('who keeps such a host is obeyed for as long as that silence lasts', async () => {
    const { cluster, first } = await settled(2);
    cluster.hangs.add(first);
    await cluster.settle(125);
    await undrainHost(cluster)({ host: hostId(first), by: 'tester' });
    await cluster.settle(300);
    expect(await rowOf(cluster, first)).toMatchObject({ state: 'ready', drain: null });
    expect(changes(cluster)).toEqual(['host-draining', 'host-undrained']);
    cluster.hangs.delete(first);
    await cluster.settle(30);
    cluster.hangs.add(first);
    await cluster.settle(150);
    expect(changes(cluster).at(-1)).toBe('host-draining');
  });

  it('who drains it too has the last word: it is emptied also when its Docker answers again', async () => {
    const { cluster, first } = await settled(2);
    cluster.hangs.add(first);
    await cluster.settle(125);
    await drainHost(cluster)({ host: hostId(first), reason: 'a new kernel', byMs: null, by: 'tester' });
    cluster.hangs.delete(first);
    await cluster.settle(120);
    expect(await rowOf(cluster, first)).toMatchObject({
      state: 'terminated',
      reason: expect.stringContaining('a new kernel'),
    });
  });
});
