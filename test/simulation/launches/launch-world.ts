/** A cluster of which only launches matter: the real control plane, EC2 on a bad day, and agents with nothing behind them. */
import { DEFAULT_SETTINGS } from '../../../functions/core/model/cluster.ts';
import { hostId } from '../../../functions/core/model/ids.ts';
import { drainHost } from '../../../functions/usecases/drain-host.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import { inMemoryDoorbell } from '../../support/in-memory/doorbell.ts';
import { Ec2Error } from '../../../local/ec2/model/errors.ts';
import { NOON_MS } from '../../support/fake-clock.ts';
import { service } from '../../support/stacks.ts';
import { createRandom, type Random } from '../engine/random.ts';
import { createScheduler } from '../engine/scheduler.ts';
import { createControlPlane, type ApiCall, type ControlPlane } from '../world/control-plane.ts';
import { CLUSTER, createEc2 } from '../world/ec2.ts';
import { createMood } from '../world/mood.ts';
import { createHub } from '../world/watch.ts';
import { createZone } from '../world/zone.ts';
import { badEc2 } from './bad-ec2.ts';
import type { LaunchBug } from './bugs.ts';
import { runLittleAgent } from './little-agent.ts';

export const HOSTS_MAX = 14;
const BOOT_MS = { from: 10_000, to: 40_000 } as const;
const AGAIN_MS = 5000;
const STACK = 'waves';

export type LaunchWorld = ReturnType<typeof createLaunchWorld>;

export function createLaunchWorld(seed: string, bug?: LaunchBug) {
  const scheduler = createScheduler(NOON_MS);
  const hub = createHub();
  const mood = createMood();
  const random = (name: string): Random => createRandom(`${seed}/${name}`);
  const strange: string[] = [];
  const common = { scheduler, hooks: hub.hooks, trace: () => undefined };
  const broken = random('broken');
  const boots = random('boots');
  /** Of the instances that get ready: the share whose agent never comes up. */
  const rates = { brokenBoots: 0 };
  const made = { instances: 0, ended: 0 };
  const on = new Set<string>();

  const ec2 = createEc2({
    ...common,
    random: random('ec2'),
    onState: (change) => {
      if (change.state === 'pending') made.instances += 1;
      if (change.state === 'running') boot(change);
      if (change.state === 'shutting-down') {
        on.delete(change.instanceId);
        made.ended += 1;
      }
      void controlPlane.functions.events
        .invoke({ kind: 'state change', instanceId: change.instanceId })
        .then((ended) => controlPlane.onEnded('events', ended));
    },
  });
  const bad = badEc2(() => ec2, ec2.port, random('bad'));
  const zone = createZone({ ...common, propagationMs: 500 });
  const controlPlane: ControlPlane = createControlPlane({
    ...common,
    mood,
    random: random('functions'),
    count: () => undefined,
    launcher: bug ? bug(bad.port, () => controlPlane.stores.hosts.listHosts()) : bad.port,
    directory: zone.port,
    // These agents hold no sockets.
    doorbell: inMemoryDoorbell(),
  });
  hub.add({
    strange: (where, error) => {
      // EC2's own words, which `badEc2` put into its mouth.
      if (!(error instanceof Ec2Error)) strange.push(`${where}: ${String(error)}`);
    },
  });

  function boot(change: { instanceId: string; address: string; zone: string }) {
    const { instanceId } = change;
    on.add(instanceId);
    if (broken.chance(rates.brokenBoots)) return;
    const isOn = (): boolean => on.has(instanceId);
    const start = (): void => {
      if (!isOn()) return;
      const host = ec2.hostOf(instanceId);
      // Its agent asks the metadata service until somebody has named the instance.
      if (host === undefined) scheduler.in(AGAIN_MS, start);
      else void runLittleAgent({ ...change, host, instanceId, scheduler, controlPlane, isOn });
    };
    scheduler.in(boots.between(BOOT_MS.from, BOOT_MS.to), start);
  }

  /** As `berth` does: again until the API takes it. */
  const ask = async (call: ApiCall): Promise<void> => {
    for (;;) {
      const ended = await controlPlane.functions.api.invoke(call);
      if (ended.kind === 'done' || (ended.kind === 'failed' && isMissing(ended.error))) return;
      await scheduler.sleep(AGAIN_MS);
    }
  };
  const life = { alive: true, calls: 0, kill: undefined, hop: 0, end: () => undefined };
  const drain = drainHost({
    ...controlPlane.stores,
    wakes: controlPlane.queues.wakesOf(life),
    clock: { nowMs: scheduler.nowMs, sleep: scheduler.sleep },
    ids: fakeIds('drain'),
  });

  return {
    scheduler,
    hub,
    mood,
    ec2,
    bad,
    rates,
    made,
    random,
    strange,
    hosts: () => controlPlane.stores.hosts.listHosts(),
    start: async (): Promise<void> => {
      const pool = { instanceType: 't3.small', architecture: 'x86_64', hostsMax: HOSTS_MAX } as const;
      await controlPlane.configure({ ...DEFAULT_SETTINGS, pool, registrationDeadlineMs: 120_000 });
      controlPlane.queues.start();
    },
    /** One replica a host. */
    want: (replicas: number): Promise<void> =>
      ask({ kind: 'put', spec: { name: STACK, services: { web: spread(replicas) } } }),
    wantNothing: (): Promise<void> => ask({ kind: 'delete', stack: STACK }),
    drainAll: async (): Promise<void> => {
      const hosts = await controlPlane.stores.hosts.listHosts();
      for (const { id } of hosts)
        await drain({ host: hostId(id), reason: 'the wave is over', byMs: null, by: 'tester' });
    },
    /** What EC2 has of ours, by now. */
    alive: () => ec2.alive(),
    cluster: CLUSTER,
  };
}

const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'NotFoundError';
const spread = (replicas: number) =>
  service({
    replicas,
    maxReplicasPerHost: 1,
    resources: { reservedCpuMillis: 150, reservedMemoryBytes: 150 * 2 ** 20, limitPids: 100 },
  });
