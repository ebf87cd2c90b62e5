/** Hosts that die, are cut off and come back, in the whole control plane on one fake clock, at default timings. */
import { describe, expect, it } from '@jest/globals';
import { ForbiddenError } from '../../../functions/usecases/errors.ts';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SRV = '_http._tcp.web.shop';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;

/** One replica on each of so many hosts, everything healthy and in DNS. */
async function settled(hosts: number, options: LittleClusterOptions = {}) {
  const cluster = await littleCluster(options);
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: 1 }) }));
  await cluster.settle(150);
  // From now on the others have room for those of one that dies.
  await cluster.put(stack({ web: service({ replicas: hosts, maxReplicasPerHost: hosts }) }));
  await cluster.settle(30);
  expect(await launchesOf(cluster)).toBe(hosts);
  expect(cluster.answers('SRV', SRV)).toHaveLength(hosts);
  return cluster;
}

/** Seconds until each thing was first seen, for `seconds` after now; the invariant holds at every step. */
async function watchFor(
  cluster: Cluster,
  seconds: number,
  questions: Record<string, () => boolean | Promise<boolean>>,
) {
  const startedMs = cluster.clock.nowMs();
  const seen: Record<string, number> = {};
  for (let second = 0; second < seconds; second += 1) {
    await cluster.settle(1, () => onePerSlotInDns(cluster));
    for (const [name, ask] of Object.entries(questions))
      if (seen[name] === undefined && (await ask())) seen[name] = (cluster.clock.nowMs() - startedMs) / 1000;
  }
  return seen;
}

const slotsOf = new Map<string, string>();
/** At most one replica of a slot is an answer, ever. */
function onePerSlotInDns(cluster: Cluster): void {
  const slots = cluster.answers('SRV', SRV).map((value) => slotsOf.get(value) ?? value);
  expect(new Set(slots).size).toBe(slots.length);
}

async function learnSlots(cluster: Cluster): Promise<void> {
  for (const one of await cluster.replicas())
    slotsOf.set(`0 1 ${one.ports[0]?.host} ${one.host}.berth.internal.`, `slot ${one.replica}`);
}

const hostOf = async (cluster: Cluster, replica: string) =>
  (await cluster.replicas()).find((one) => one.replica === replica && one.phase === 'running')?.host ?? '';
const stateOf = async (cluster: Cluster, host: string) =>
  (await cluster.hosts.listHosts()).find((one) => one.id === host)?.state;
const runningElsewhere = async (cluster: Cluster, dead: readonly string[], count: number) => {
  await learnSlots(cluster);
  const all = await cluster.replicas();
  return all.filter((one) => one.registered && !dead.includes(one.host ?? '')).length === count;
};
const isInDns = (cluster: Cluster, host: string) =>
  cluster.answers('SRV', SRV).some((value) => value.includes(host));
const launchesOf = async (cluster: Cluster) => (await cluster.launcher.list()).length;

describe.each([
  [3, 1],
  [5, 2],
])('of %d hosts %d die while EC2 goes on saying that they run', (count, deaths) => {
  it('their targets leave DNS in 45 s, replicas run elsewhere in 90 s, instances are gone in 5 min', async () => {
    const cluster = await settled(count);
    const dead = (await cluster.hosts.listHosts()).slice(0, deaths).map((one) => one.id);
    for (const host of dead) cluster.links.cut(host);
    const seen = await watchFor(cluster, 300, {
      out: () => !dead.some((host) => isInDns(cluster, host)),
      replaced: () => runningElsewhere(cluster, dead, count),
      gone: async () =>
        (await Promise.all(dead.map((host) => stateOf(cluster, host)))).every(
          (state) => state === 'terminated',
        ),
    });
    expect(seen['out']).toBeLessThanOrEqual(45);
    expect(seen['replaced']).toBeLessThanOrEqual(90);
    expect(seen['gone']).toBeLessThanOrEqual(300);
    const codes = await cluster.events();
    for (const code of ['host-suspect', 'host-lost', 'host-gone']) expect(codes).toContain(code);
    expect(codes).not.toContain('hosts-frozen');
    expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
  });
});

describe('of five hosts four die at once', () => {
  it('nothing is replaced, launched, terminated or taken out of DNS, until EC2 says that they are dead', async () => {
    const cluster = await settled(5);
    const before = await launchesOf(cluster);
    const answers = [...cluster.answers('SRV', SRV)].sort();
    const dead = (await cluster.hosts.listHosts()).slice(0, 4);
    for (const host of dead) cluster.links.cut(host.id);
    const watched = await watchFor(cluster, 900, {
      changed: () => [...cluster.answers('SRV', SRV)].sort().join() !== answers.join(),
      launched: async () => (await launchesOf(cluster)) !== before,
      ended: async () => (await cluster.launcher.list()).some((one) => one.state !== 'running'),
    });
    expect(watched).toEqual({});
    const codes = await cluster.events();
    expect(codes.filter((code) => code.startsWith('hosts-'))).toEqual(['hosts-frozen']);
    expect(codes).not.toContain('host-lost');
    for (const host of dead) await cluster.launcher.terminate(host.instanceId ?? '');
    const ids = dead.map((host) => host.id);
    const seen = await watchFor(cluster, 240, { replaced: () => runningElsewhere(cluster, ids, 5) });
    expect(seen['replaced']).toBeLessThanOrEqual(180);
    expect(await cluster.events()).toContain('hosts-thawed');
  });

  it('replaces those that fail EC2’s own checks, as in the outage of a zone', async () => {
    const cluster = await settled(5);
    const dead = (await cluster.hosts.listHosts()).slice(0, 4);
    for (const host of dead) cluster.links.cut(host.id);
    await cluster.settle(120);
    expect(await cluster.events()).toContain('hosts-frozen');
    for (const host of dead) cluster.launcher.model.faults.impair(host.instanceId ?? '');
    const ids = dead.map((host) => host.id);
    const seen = await watchFor(cluster, 300, {
      replaced: () => runningElsewhere(cluster, ids, 5),
      gone: async () =>
        (await Promise.all(ids.map((id) => stateOf(cluster, id)))).every((state) => state === 'terminated'),
    });
    expect(seen['replaced']).toBeLessThanOrEqual(90);
    expect(seen['gone']).toBeLessThanOrEqual(240);
  });

  it('thaws when they come back, and changes nothing', async () => {
    const cluster = await settled(5);
    const before = await launchesOf(cluster);
    const dead = (await cluster.hosts.listHosts()).slice(0, 4);
    for (const host of dead) cluster.links.cut(host.id, 'control-plane');
    await cluster.settle(300);
    for (const host of dead) cluster.links.mend(host.id);
    await cluster.settle(120);
    expect((await cluster.events()).filter((code) => code.startsWith('host')).slice(-2)).toEqual([
      'hosts-frozen',
      'hosts-thawed',
    ]);
    expect(await launchesOf(cluster)).toBe(before);
    expect(cluster.answers('SRV', SRV)).toHaveLength(5);
    expect(cluster.stoppedAtMs.size).toBe(0);
  });
});

describe.each(['control-plane', 'hosts', 'both'] as const)(
  'a host that is cut off (%s) for 2 minutes',
  (how) => {
    it('comes back, with one replica of a slot in DNS at any time', async () => {
      const cluster = await settled(3);
      await learnSlots(cluster);
      const host = await hostOf(cluster, 'web-1');
      cluster.links.cut(host, how);
      await watchFor(cluster, 120, { learn: async () => (await learnSlots(cluster), false) });
      cluster.links.mend(host);
      await watchFor(cluster, 120, { learn: async () => (await learnSlots(cluster), false) });
      expect(await stateOf(cluster, host)).toBe('ready');
      expect(await cluster.events()).toContain('host-back');
      expect(cluster.answers('SRV', SRV)).toHaveLength(3);
      const all = await cluster.replicas();
      expect(all.filter((one) => one.phase === 'running')).toHaveLength(3);
      expect(await cluster.stack('shop')).toMatchObject({ state: 'converged' });
    });
  },
);

describe('a host that comes back from the dead', () => {
  it('keeps its replica while the replacement is not healthy', async () => {
    const cluster = await settled(3);
    const host = await hostOf(cluster, 'web-1');
    const [before] = (await cluster.replicas()).filter((one) => one.replica === 'web-1');
    cluster.links.cut(host, 'both');
    await cluster.settle(45);
    for (const one of await cluster.hosts.listHosts())
      if (one.id !== host) cluster.behave(`${one.id}/web`, { phase: 'running', health: 'starting' });
    const lost = await watchFor(cluster, 60, { lost: async () => (await stateOf(cluster, host)) === 'lost' });
    expect(lost['lost']).toBeDefined();
    cluster.links.mend(host);
    await cluster.settle(40);
    for (const one of await cluster.hosts.listHosts())
      cluster.behave(`${one.id}/web`, { phase: 'running', health: 'healthy' });
    await cluster.settle(60);
    const after = (await cluster.replicas()).filter(
      (one) => one.replica === 'web-1' && one.phase === 'running',
    );
    expect(after.map((one) => one.task)).toEqual([before?.task]);
  });
});

describe('when EC2 cannot be asked about its checks', () => {
  it('hosts are judged all the same, and the fault is told', async () => {
    const cluster = await settled(3);
    const [host] = await cluster.hosts.listHosts();
    cluster.launcher.model.faults.failNext('DescribeInstanceStatus', {
      code: 'UnauthorizedOperation',
      times: 99,
    });
    cluster.links.cut(host!.id);
    const states = new Set<string>();
    let told = 0;
    const provision = cluster.loops.provision;
    cluster.loops.provision = () =>
      provision().catch((error: unknown) => {
        if (!(error instanceof ForbiddenError)) throw error;
        told += 1;
        return 'done';
      });
    for (let second = 0; second < 240; second += 1) {
      await cluster.settle(1);
      states.add((await stateOf(cluster, host!.id)) ?? 'none');
    }
    expect([...states]).toEqual(expect.arrayContaining(['ready', 'suspect', 'lost', 'terminated']));
    expect(told).toBeGreaterThan(0);
  });
});

describe('one host alone', () => {
  it('stays in DNS while only its beats are missing, and is replaced when it is lost', async () => {
    const cluster = await settled(1);
    const [host] = await cluster.hosts.listHosts();
    cluster.links.cut(host!.id);
    const seen = await watchFor(cluster, 300, {
      suspect: async () => (await stateOf(cluster, host!.id)) === 'suspect',
      lost: async () => (await stateOf(cluster, host!.id)) === 'lost',
      out: () => !isInDns(cluster, host!.id),
      replaced: () => runningElsewhere(cluster, [host!.id], 1),
      gone: async () => (await stateOf(cluster, host!.id)) === 'terminated',
    });
    expect(seen['suspect']).toBeLessThanOrEqual(50);
    expect(seen['out']).toBeGreaterThan(seen['lost']! - 2);
    expect(seen['replaced']).toBeLessThan(150);
    expect(seen['gone']).toBeLessThanOrEqual(300);
  });
});

describe('after the control plane itself was away for ten minutes', () => {
  it('no host is suspect, nothing is launched or stopped', async () => {
    const cluster = await settled(2);
    const before = [await launchesOf(cluster), cluster.stoppedAtMs.size, (await cluster.events()).length];
    await cluster.clock.advance(600_000); // nobody runs, nobody is heard
    await cluster.settle(90);
    expect([await launchesOf(cluster), cluster.stoppedAtMs.size, (await cluster.events()).length]).toEqual(
      before,
    );
    expect(cluster.answers('SRV', SRV)).toHaveLength(2);
  });
});

describe('a cluster at rest', () => {
  it('wakes no loop for its hosts: a beat a minute each, and the ticks', async () => {
    const cluster = await settled(5);
    await cluster.deliver();
    cluster.wakes.take();
    let wakes = 0;
    const before = JSON.stringify((await cluster.load()).hosts.map((view) => view.host));
    for (let second = 0; second < 60; second += 1) {
      if (second % 15 === 0) await cluster.tick(false);
      await cluster.hostsAct();
      wakes += cluster.wakes.take().length;
      await cluster.clock.advance(1000);
    }
    expect(wakes).toBe(0);
    expect(JSON.stringify((await cluster.load()).hosts.map((view) => view.host))).toBe(before);
  });
});

describe('a host that dies before anybody has looked at the cluster', () => {
  /** So many hosts that have registered before the first tick, and died at once. */
  async function registeredAndDead(count: number) {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service({ replicas: count, maxReplicasPerHost: 1 }) }));
    const hosts = async () => (await cluster.hosts.listHosts()).filter((one) => one.registeredAtMs !== null);
    for (let second = 0; second < 60 && (await hosts()).length < count; second += 1) {
      await cluster.deliver();
      await cluster.clock.advance(1000);
      await cluster.hostsAct();
    }
    for (const { id } of await hosts()) cluster.links.cut(id);
    return { cluster, hosts: await hosts() };
  }

  it('has no more time than any other: its registration is the first look', async () => {
    const { cluster, hosts } = await registeredAndDead(1);
    const [first] = hosts;
    expect((await cluster.sweep.load()).freshFromMs).toBe(first?.registeredAtMs);
    const seen = await watchFor(cluster, 60, {
      suspect: async () => (await stateOf(cluster, first!.id)) === 'suspect',
    });
    // Two beats and their grace (35 s), and the tick after that.
    expect(seen['suspect']).toBeLessThanOrEqual(46);
  });

  it('and later ones, and those that register again after an outage, change nothing of that', async () => {
    const { cluster, hosts } = await registeredAndDead(2);
    const before = await cluster.sweep.load();
    expect(before.freshFromMs).toBe(Math.min(...hosts.map((one) => one.registeredAtMs ?? 0)));
    await cluster.clock.advance(600_000);
    await cluster.registerAgain(hosts[0]!.id);
    expect(await cluster.sweep.load()).toEqual(before);
  });
});
