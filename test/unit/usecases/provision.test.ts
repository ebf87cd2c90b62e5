import { describe, expect, it } from '@jest/globals';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const start = async (options: LittleClusterOptions = {}) => {
  const cluster = await littleCluster(options);
  await cluster.put(stack({ web: service() }));
  await cluster.loops.reconcile();
  return cluster;
};
const alive = async (cluster: Awaited<ReturnType<typeof start>>) =>
  (await cluster.launcher.list()).filter((one) => one.state === 'pending' || one.state === 'running');
/** The provision loop, whose process dies instead of writing the second row of a host. */
async function killedAtSecondRow({ hosts, loops }: Awaited<ReturnType<typeof littleCluster>>): Promise<void> {
  let puts = 0;
  const put = hosts.putHost.bind(hosts);
  hosts.putHost = async (host, version) => {
    puts += 1;
    if (puts === 2) throw new Error('the function was killed');
    return put(host, version);
  };
  await expect(loops.provision()).rejects.toThrow('killed');
}

describe('a launch that is interrupted', () => {
  it('killed between CreateFleet and its record: exactly one instance', async () => {
    const cluster = await start();
    await killedAtSecondRow(cluster);
    await cluster.clock.advance(2000);
    expect(await alive(cluster)).toHaveLength(1);
    await cluster.settle(150);
    expect(await alive(cluster)).toHaveLength(1);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    expect(await cluster.events()).toContain('host-found');
  });

  it('the same while EC2 does not show the instance yet: the token gives the same instance', async () => {
    const cluster = await start({ launcher: { timings: { describeLagMs: 60_000 } } });
    await killedAtSecondRow(cluster);
    await cluster.settle(150);
    expect(await alive(cluster)).toHaveLength(1);
  });

  it('killed among the rows of a batch: as many instances as hosts are asked for, none of them nobody’s', async () => {
    const cluster = await littleCluster();
    const resources = { reservedCpuMillis: 150, reservedMemoryBytes: 150 * 2 ** 20, limitPids: 100 };
    await cluster.put(stack({ web: service({ replicas: 3, maxReplicasPerHost: 1, resources }) }));
    await cluster.loops.reconcile();
    await killedAtSecondRow(cluster);
    expect(await cluster.hosts.listHosts()).toHaveLength(1);
    await cluster.settle(60);
    expect(await alive(cluster)).toHaveLength(3);
    expect(await cluster.events()).not.toContain('garbage-deleted');
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
  });

  it('a lost reply of CreateFleet: no second instance, the reason in events', async () => {
    const cluster = await start();
    cluster.launcher.model.faults.loseReply('CreateFleet');
    await cluster.settle(60);
    expect(await alive(cluster)).toHaveLength(1);
    expect(await cluster.events()).toContain('host-launch-failed');
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
  });

  it('a capacity shortage: the other zone, one instance, the reason in events', async () => {
    const cluster = await start();
    cluster.launcher.model.faults.failNext('RunInstances', { code: 'InsufficientInstanceCapacity' });
    await cluster.settle(60);
    expect(await alive(cluster)).toHaveLength(1);
    const [failed] = (await cluster.decisions.list({ limit: 1000 })).filter(
      (one) => one.code === 'host-launch-failed',
    );
    expect(failed?.message).toMatch(/no capacity for t3.small in us-east-1a .*the next offering is tried/);
  });

  it('is tried again within the same run: in the next zone at once, with the same token after its pause', async () => {
    for (const fault of ['capacity', 'lost reply']) {
      const cluster = await start();
      const { faults } = cluster.launcher.model;
      if (fault === 'capacity') faults.failNext('RunInstances', { code: 'InsufficientInstanceCapacity' });
      else faults.loseReply('CreateFleet');
      await cluster.loops.provision();
      const [host] = await cluster.hosts.listHosts();
      await cluster.clock.advance(2000); // EC2's list lags
      expect([fault, host?.state, await alive(cluster)]).toEqual([fault, 'booting', [expect.anything()]]);
    }
  });

  it('an account’s limit is its own reason, asked again once a minute and not more', async () => {
    const cluster = await start();
    cluster.launcher.model.faults.failNext('RunInstances', { code: 'VcpuLimitExceeded', times: 5 });
    await cluster.settle(110);
    const failed = (await cluster.decisions.list({ limit: 1000 })).filter(
      (one) => one.code === 'host-launch-failed',
    );
    expect(failed).toHaveLength(2);
    expect(failed[0]?.message).toMatch(/limit L-/);
  });
});

describe('a host that never registers', () => {
  it('is terminated past its deadline, and events say so; the next one waits a while', async () => {
    const cluster = await start({ settings: { registrationDeadlineMs: 20_000 } });
    cluster.deaf.add('*');
    await cluster.settle(45);
    const [overdue] = (await cluster.decisions.list({ limit: 1000 })).filter(
      (one) => one.code === 'host-registration-overdue',
    );
    expect(overdue?.message).toMatch(/did not register within 20 s.*terminated/);
    expect(await alive(cluster)).toHaveLength(0);
    expect(await cluster.stack('shop')).toMatchObject({
      state: 'progressing',
      services: [{ reason: expect.stringContaining('waiting for a host') }],
    });
    cluster.deaf.clear();
    await cluster.settle(60);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
  });
});

describe('a host that EC2 takes away', () => {
  it('is noticed, and its replica runs on another one', async () => {
    const cluster = await start();
    await cluster.settle(60);
    const [host] = await cluster.hosts.listHosts();
    await cluster.launcher.terminate(host?.instanceId ?? '');
    await cluster.clock.advance(60_000);
    await cluster.loops.provision();
    await cluster.settle(60);
    const [replica] = await cluster.replicas();
    expect(replica).toMatchObject({ phase: 'running', registered: true });
    expect(replica?.host).not.toBe(host?.id);
  });
});
