import { describe, expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SRV = '_http._tcp.web.shop';
const shop = (over = {}) => stack({ web: service(over) });

describe('from a PUT to an SRV answer', () => {
  it('starts the hosts that are missing, places, registers, and is converged', async () => {
    const cluster = await littleCluster();
    await cluster.put(shop({ replicas: 2, maxReplicasPerHost: 1 }));
    await cluster.settle(60);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    expect(cluster.answers('SRV', SRV)).toHaveLength(2);
    expect((await cluster.launcher.list()).length).toBe(2);
    expect((await cluster.replicas()).map((one) => [one.phase, one.registered])).toEqual([
      ['running', true],
      ['running', true],
    ]);
    const codes = await cluster.events();
    for (const code of [
      'stack-accepted',
      'task-waiting',
      'host-requested',
      'host-launched',
      'host-registered',
      'task-placed',
      'dns-applied',
      'service-converged',
    ]) {
      expect(codes).toContain(code);
    }
  });

  it('changes nothing on a PUT of the same content, and says so', async () => {
    const cluster = await littleCluster();
    const first = await cluster.put(shop());
    await cluster.settle(40);
    // Hosts beat, and are listened to, whatever anybody asks for.
    const lasting = async () => {
      const { sweep, hosts, ...rest } = await cluster.load();
      return JSON.stringify({ ...rest, hosts: hosts.map((view) => ({ ...view, lease: null })) });
    };
    const rows = await lasting();
    expect(await cluster.put(shop())).toEqual({ ...first, changed: false });
    await cluster.settle(20);
    expect(await lasting()).toBe(rows);
  });

  it('publishes no SRV while the health check fails, but the replica’s A record', async () => {
    const cluster = await littleCluster();
    cluster.behave('web', { phase: 'running', health: 'starting' });
    await cluster.put(shop());
    await cluster.settle(40);
    expect(cluster.answers('SRV', SRV)).toEqual([]);
    expect(cluster.answers('A', 'web-1.web.shop')).toHaveLength(1);
    cluster.behave('web', { phase: 'running', health: 'healthy' });
    await cluster.settle(5);
    expect(cluster.answers('SRV', SRV)).toHaveLength(1);
  });

  it('sets the zone’s negative TTL on its first write', async () => {
    const cluster = await littleCluster();
    await cluster.put(shop());
    await cluster.settle(40);
    const soa = (await cluster.directory.list()).find((record) => record.type === 'SOA');
    expect([soa?.ttlSeconds, soa?.values[0]?.split(' ').at(-1)]).toEqual([10, '10']);
  });
});

describe('the way out', () => {
  it.each([2000, 8000])(
    'a target is out of DNS one TTL before its task is stopped (propagation %d ms)',
    async (propagationMs) => {
      const cluster = await littleCluster({ propagationMs });
      await cluster.put(shop({ replicas: 2 }));
      await cluster.settle(60);
      const target = new Map(
        (await cluster.replicas()).map((one) => [
          one.task ?? '',
          `0 1 ${one.ports[0]?.host} ${one.host}.berth.internal.`,
        ]),
      );
      const lastAnswerMs = new Map<string, number>();
      await cluster.put(shop({ replicas: 2, environment: { VERSION: '2' } }));
      await cluster.settle(120, () => {
        for (const value of cluster.answers('SRV', SRV)) lastAnswerMs.set(value, cluster.clock.nowMs());
        expect(cluster.answers('SRV', SRV).length).toBeGreaterThanOrEqual(2);
      });
      expect(cluster.stoppedAtMs.size).toBe(2);
      for (const [task, stoppedAtMs] of cluster.stoppedAtMs) {
        expect(stoppedAtMs - (lastAnswerMs.get(target.get(task) ?? '') ?? 0)).toBeGreaterThanOrEqual(10_000);
      }
      expect(await cluster.stack('shop')).toMatchObject({ state: 'converged', revision: 2 });
    },
  );

  it('a removed stack leaves no task, no row of its own and no record but those of the hosts', async () => {
    const cluster = await littleCluster();
    await cluster.put(shop({ replicas: 2 }));
    await cluster.settle(40);
    await cluster.remove('shop');
    await cluster.settle(60);
    expect(await cluster.replicas()).toEqual([]);
    expect(await cluster.stacks.list()).toEqual([]);
    expect((await cluster.directory.list()).filter((record) => record.name.includes('shop'))).toEqual([]);
    const again = await cluster.put(shop());
    expect(again).toMatchObject({ changed: true, revision: 2 });
  });
});

describe('waking the reconcile loop', () => {
  it('is told once that tasks have left DNS, not again with each later change', async () => {
    const cluster = await littleCluster();
    await cluster.put(shop({ replicas: 2 }));
    await cluster.settle(60);
    await cluster.remove('shop');
    await cluster.settle(60);
    await cluster.put(shop({ replicas: 1 }));
    await cluster.loops.reconcile();
    await cluster.hostsAct();
    const owner = (await cluster.store.load()).names.find((name) => name.owner === 'web.shop');
    expect(Object.values(owner?.tasks ?? {}).filter((entry) => entry.outAtMs !== undefined)).toHaveLength(2);
    cluster.wakes.take();
    await cluster.loops.register();
    expect((await cluster.events()).filter((code) => code === 'dns-applied').length).toBeGreaterThan(2);
    expect(cluster.wakes.peek()).toEqual([]);
  });
});

describe('who waits for a replica to go', () => {
  it('reads that, and why', async () => {
    const cluster = await littleCluster();
    await cluster.put(shop());
    await cluster.settle(40);
    await cluster.remove('shop');
    const told = new Set<string>();
    for (let second = 0; second < 40; second += 1) {
      await cluster.settle(1);
      for (const { reason } of await cluster.replicas()) told.add(reason);
    }
    const why = 'the service is not in the stack any more';
    expect([...told]).toContain(`out of DNS, waiting for the TTL (10 s); ${why}`);
    expect([...told].every((reason) => reason.endsWith(`; ${why}`))).toBe(true);
  });
});

describe('an image that nobody has', () => {
  const message =
    'The image nobody/has:this cannot be pulled on h-1: its registry has no such repository (Docker: no). Push it';

  it('ends the deploy FAILED within a minute of its first failure, with image, host and remedy', async () => {
    const cluster = await littleCluster();
    cluster.behave('web', {
      phase: 'failed',
      health: 'starting',
      reason: { code: 'image-pull-failed', message },
    });
    await cluster.put(shop());
    await cluster.settle(90);
    const { state, services } = await cluster.stack('shop');
    expect(state).toBe('failed');
    expect(services[0]?.reason).toBe(`web-1 failed 3 times: ${message}`);
    const events = await cluster.decisions.list({ limit: 1000 });
    const at = (code: string): number => events.find((one) => one.code === code)?.atMs ?? NaN;
    expect(at('service-failed') - at('task-failed')).toBeLessThan(60_000);
  });
});

describe('a replica that fails', () => {
  it('leaves DNS at once when its container exits, and comes back', async () => {
    const cluster = await littleCluster();
    await cluster.put(shop());
    await cluster.settle(40);
    cluster.behave('web', { phase: 'starting', health: 'starting' });
    await cluster.settle(4);
    expect(cluster.answers('SRV', SRV)).toEqual([]);
    cluster.behave('web', { phase: 'running', health: 'healthy' });
    await cluster.settle(4);
    expect(cluster.answers('SRV', SRV)).toHaveLength(1);
  });

  it('is replaced by a new task of the same slot, and fails the deploy after three', async () => {
    const cluster = await littleCluster();
    cluster.behave('web', { phase: 'failed', health: 'starting' });
    await cluster.put(shop());
    await cluster.settle(120);
    expect(await cluster.stack('shop')).toMatchObject({ state: 'failed' });
    expect(cluster.stoppedAtMs.size).toBeGreaterThanOrEqual(3);
  });
});
