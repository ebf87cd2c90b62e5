/** What EC2 announces of an instance: spot interruptions and rebalance advice, from the event to the empty host. */
import { describe, expect, it } from '@jest/globals';
import { noteInstanceEvent } from '../../../functions/usecases/note-instance-event.ts';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SRV = '_http._tcp.web.shop';
const SPOT = 'EC2 Spot Instance Interruption Warning';
const ADVICE = 'EC2 Instance Rebalance Recommendation';

async function settled(options: LittleClusterOptions = {}) {
  const cluster = await littleCluster(options);
  await cluster.put(stack({ web: service({ replicas: 2, maxReplicasPerHost: 1 }) }));
  await cluster.settle(120);
  await cluster.put(stack({ web: service({ replicas: 2, maxReplicasPerHost: 2 }) }));
  await cluster.settle(10);
  const [host] = (await cluster.replicas()).map((one) => one.host ?? '');
  const row = (await cluster.hosts.listHosts()).find((one) => one.id === host)!;
  const note = noteInstanceEvent(cluster);
  const tell = (kind: string, saidAtMs = cluster.clock.nowMs()) =>
    note({ kind, instanceId: row.instanceId ?? '', saidAtMs });
  const stateNow = async () => (await cluster.hosts.listHosts()).find((one) => one.id === row.id)?.state;
  return { cluster, row, tell, stateNow };
}

describe.each([SPOT, ADVICE])('%s', (kind) => {
  it('moves replicas, the new one first, and gives the empty host back; told twice is told once', async () => {
    const { cluster, row, tell, stateNow } = await settled();
    for (let times = 0; times < 2; times += 1) await tell(kind);
    await cluster.settle(90, () => expect(cluster.answers('SRV', SRV)).toHaveLength(2));
    expect(await stateNow()).toBe('terminated');
    const replicas = await cluster.replicas();
    expect(replicas.map((one) => [one.phase, one.registered])).toEqual([
      ['running', true],
      ['running', true],
    ]);
    expect(replicas.map((one) => one.host)).not.toContain(row.id);
    const codes = await cluster.events();
    expect(codes.filter((code) => code === 'host-draining')).toHaveLength(1);
    expect(codes).not.toContain('host-lost');
  });
});

describe('a spot notice', () => {
  it('has stopped what is not replaced 30 s before the end', async () => {
    const { cluster, row, tell } = await settled({ settings: { drainDeadlineMs: 3_600_000 } });
    for (const one of await cluster.hosts.listHosts())
      if (one.id !== row.id) cluster.behave(`${one.id}/web`, { phase: 'running', health: 'unhealthy' });
    const startedMs = cluster.clock.nowMs();
    await tell(SPOT);
    await cluster.settle(115);
    const stopped = [...cluster.stoppedAtMs.values()].map((at) => (at - startedMs) / 1000);
    expect(stopped).toHaveLength(1);
    expect(stopped[0]).toBeLessThanOrEqual(91);
  });

  it('that comes after advice counts, advice after it does not; a late one leaves less time', async () => {
    const { cluster, row, tell } = await settled();
    const drain = async () => (await cluster.hosts.getHost(row.id))?.drain;
    for (const one of await cluster.hosts.listHosts())
      if (one.id !== row.id) cluster.behave(`${one.id}/web`, { phase: 'running', health: 'unhealthy' });
    await tell(ADVICE);
    await cluster.settle(2);
    expect(await drain()).toMatchObject({ byMs: null });
    const saidAtMs = cluster.clock.nowMs() - 40_000;
    await tell(SPOT, saidAtMs);
    await cluster.settle(2);
    expect(await drain()).toMatchObject({ byMs: saidAtMs + 120_000 });
    await tell(ADVICE);
    await cluster.settle(2);
    expect(await drain()).toMatchObject({ byMs: saidAtMs + 120_000 });
  });

  it('of long ago, for an instance that is still there, drains nothing; provision looks at EC2', async () => {
    for (const kind of [SPOT, ADVICE]) {
      const { cluster, tell, stateNow } = await settled();
      cluster.wakes.take();
      await tell(kind, cluster.clock.nowMs() - 24 * 3_600_000);
      expect(cluster.wakes.take()).toMatchObject([{ loop: 'provision' }]);
      await cluster.settle(60, () => expect(cluster.answers('SRV', SRV)).toHaveLength(2));
      expect([await stateNow(), (await cluster.events()).includes('host-draining')]).toEqual([
        'ready',
        false,
      ]);
    }
  });

  it('that comes 185 times moves each replica once', async () => {
    const { cluster, tell } = await settled();
    const before = (await cluster.replicas()).length;
    for (let times = 0; times < 185; times += 1) {
      await tell(ADVICE);
      await cluster.settle(1);
    }
    const codes = await cluster.events();
    expect(codes.filter((code) => code === 'host-draining')).toHaveLength(1);
    expect(codes.filter((code) => code === 'task-placed')).toHaveLength(before + 1);
  });

  it('for an instance that is not ours changes and wakes nothing', async () => {
    const { cluster } = await settled();
    cluster.wakes.take();
    await noteInstanceEvent(cluster)({ kind: SPOT, instanceId: 'i-0feedfacefeedface', saidAtMs: 0 });
    expect(cluster.wakes.take()).toEqual([]);
    expect((await cluster.hosts.listHosts()).map((one) => one.drain)).toEqual([null, null]);
  });
});
