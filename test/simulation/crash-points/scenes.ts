/** Each use-case in a situation in which it has something to do: how it comes to be, and the call itself. */
import { changeSettings } from '../../../functions/usecases/change-settings.ts';
import { recordBeat } from '../../../functions/usecases/record-beat.ts';
import { deleteStack } from '../../../functions/usecases/delete-stack.ts';
import { drainHost } from '../../../functions/usecases/drain-host.ts';
import { snapshotLoader } from '../../../functions/usecases/load-snapshot.ts';
import { provisionHosts } from '../../../functions/usecases/provision-hosts.ts';
import { putStack } from '../../../functions/usecases/put-stack.ts';
import { reconcileCluster } from '../../../functions/usecases/reconcile-cluster.ts';
import { recordReport } from '../../../functions/usecases/record-report.ts';
import { registerHost } from '../../../functions/usecases/register-host.ts';
import { registerRecords } from '../../../functions/usecases/register-records.ts';
import { tick } from '../../../functions/usecases/tick.ts';
import { ZONE } from '../../support/builders.ts';
import { fakeIds } from '../../support/fake-ids.ts';
import type { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';
import { noGraphs } from '../../support/no-graphs.ts';

export type Cluster = Awaited<ReturnType<typeof littleCluster>>;
/** Wraps a port so that it can be taken away. */
export type Fragile = <Port extends object>(port: Port) => Port;

export interface Scene {
  readonly name: string;
  readonly prepare: (cluster: Cluster) => Promise<void>;
  readonly run: (cluster: Cluster, fragile: Fragile, round: number) => Promise<unknown>;
}

const web = (over = {}) => stack({ web: service({ replicas: 2, maxReplicasPerHost: 1, ...over }) });
const changed = web({ environment: { VERSION: '2' } });

const portsOf = (cluster: Cluster, fragile: Fragile, round: number) => {
  const stores = {
    cluster: fragile(cluster.cluster),
    stacks: fragile(cluster.stacks),
    scales: fragile(cluster.scales),
    timeline: fragile(cluster.timeline),
    hosts: fragile(cluster.hosts),
    leases: fragile(cluster.leases),
    decisions: fragile(cluster.decisions),
    sweep: fragile(cluster.sweep),
    agents: fragile(cluster.agents),
    offerings: fragile(cluster.offerings),
    prices: fragile(cluster.prices),
    pricing: { source: 'file' as const },
    sockets: fragile(cluster.sockets),
    store: fragile(cluster.store),
  };
  return {
    ...stores,
    load: snapshotLoader({ ...stores, directory: stores.store }),
    launcher: fragile(cluster.launcher),
    directory: fragile(cluster.directory),
    wakes: fragile(cluster.wakes),
    doorbell: fragile(cluster.doorbell),
    clock: { nowMs: cluster.clock.nowMs, sleep: fragile({ sleep: cluster.clock.sleep }).sleep },
    ids: fakeIds(`round-${round}`),
    zone: ZONE,
  };
};

/** A second at a time, with ticks every 15 s. */
export async function settle(cluster: Cluster, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    if (second % 15 === 0) await cluster.tick(false);
    await cluster.deliver();
    await cluster.hostsAct();
    await cluster.deliver();
    await cluster.clock.advance(1000);
  }
}

const running = async (cluster: Cluster): Promise<void> => {
  await cluster.put(web());
  await settle(cluster, 45);
};
const nothing = (): Promise<void> => Promise.resolve();
const by = 'tester';

export const SCENES: readonly Scene[] = [
  {
    name: 'put-stack, a new stack',
    prepare: nothing,
    run: (...given) => putStack(portsOf(...given))({ stack: 'shop', spec: web(), by }),
  },
  {
    name: 'put-stack, a change',
    prepare: running,
    run: (...given) => putStack(portsOf(...given))({ stack: 'shop', spec: changed, by }),
  },
  {
    name: 'delete-stack',
    prepare: running,
    run: (...given) => deleteStack(portsOf(...given))({ stack: 'shop', by }),
  },
  {
    name: 'change-settings',
    prepare: nothing,
    run: (...given) => changeSettings(portsOf(...given))({ patch: { dnsTtlSeconds: 5 }, by }),
  },
  {
    name: 'reconcile, tasks to place',
    prepare: async (cluster) => {
      await running(cluster);
      await cluster.put(stack({ api: service({ replicas: 3 }) }, 'blog'));
    },
    run: (...given) => reconcileCluster(portsOf(...given))(),
  },
  {
    name: 'reconcile, tasks to replace',
    prepare: async (cluster) => {
      await running(cluster);
      await cluster.put(changed);
    },
    run: (...given) => reconcileCluster(portsOf(...given))(),
  },
  {
    name: 'reconcile, a stack to remove',
    prepare: async (cluster) => {
      await running(cluster);
      await cluster.remove('shop');
    },
    run: (...given) => reconcileCluster(portsOf(...given))(),
  },
  {
    name: 'provision, hosts to launch',
    prepare: async (cluster) => {
      await cluster.put(web());
      await cluster.loops.reconcile();
    },
    run: (...given) => provisionHosts(portsOf(...given))(),
  },
  {
    name: 'provision, an instance that is gone',
    prepare: async (cluster) => {
      await running(cluster);
      const [host] = await cluster.hosts.listHosts();
      await cluster.launcher.terminate(host?.instanceId ?? '');
      await cluster.clock.advance(5000);
    },
    run: (...given) => provisionHosts(portsOf(...given))(),
  },
  {
    name: 'register, records to publish',
    prepare: async (cluster) => {
      await running(cluster);
      await cluster.put(stack({ api: service({ replicas: 2 }) }, 'blog'));
      await cluster.loops.reconcile();
      await cluster.hostsAct();
    },
    run: (...given) => registerRecords(portsOf(...given))(),
  },
  {
    name: 'register, records to take out',
    prepare: async (cluster) => {
      await running(cluster);
      await cluster.remove('shop');
      await cluster.loops.reconcile();
    },
    run: (...given) => registerRecords(portsOf(...given))(),
  },
  {
    name: 'register-host',
    prepare: async (cluster) => {
      await cluster.put(web({ replicas: 1 }));
      await cluster.loops.reconcile();
      await cluster.loops.provision();
      await cluster.clock.advance(2000);
    },
    run: async (cluster, fragile, round) => {
      const [host] = await cluster.hosts.listHosts();
      const instanceId = host?.instanceId ?? '';
      return registerHost(portsOf(cluster, fragile, round))(
        { host: host?.id ?? '', instanceId },
        {
          ...{ instanceId, bootId: 'boot-0001', agentVersion: '0.1.0' },
          ...{ address: '10.0.0.9', zone: 'us-east-1a', instanceType: 't3.small', architecture: 'x86_64' },
          capacity: { cpuMillis: 2000, memoryBytes: 2 * 2 ** 30, pids: 30_000, diskBytes: 2 ** 34 },
          docker: { version: '28.0.0', apiVersion: '1.48', cgroupVersion: '2', storageDriver: 'overlay2' },
        },
      );
    },
  },
  {
    name: 'record-report',
    prepare: running,
    run: async (cluster, fragile, round) => {
      const [host] = await cluster.hosts.listHosts();
      const before = host && (await cluster.hosts.getReport(host.id));
      return recordReport(portsOf(cluster, fragile, round))(
        { host: host?.id ?? '', instanceId: host?.instanceId ?? '' },
        {
          ...{ bootId: before?.bootId ?? '', seq: 1_000_000, agentVersion: '0.1.0', images: [] },
          ...{ generation: before?.generation ?? 0, dockerAnswers: true },
          tasks: (before?.tasks ?? []).map(({ task }) => ({
            ...{ task, phase: 'running' as const, health: 'unhealthy' as const, attempt: 1 },
          })),
        },
      );
    },
  },
  {
    name: 'record-beat',
    prepare: running,
    run: async (cluster, fragile, round) => {
      const [host] = await cluster.hosts.listHosts();
      return recordBeat({ ...portsOf(cluster, fragile, round), graphs: noGraphs })(
        { host: host?.id ?? '', instanceId: host?.instanceId ?? '' },
        {
          ...{ bootId: host?.bootId ?? '', seq: 2 ** 45, agentVersion: '0.1.0', generation: 1, reportSeq: 1 },
          ...{ cpuPercent: 1, memoryPercent: 2, diskPercent: 3, silent: [], answering: [] },
        },
      );
    },
  },
  {
    name: 'drain-host',
    prepare: running,
    run: async (cluster, fragile, round) => {
      const [host] = await cluster.hosts.listHosts();
      if (host === undefined) throw new Error('there is no host to drain');
      const request = { host: host.id, reason: 'it is to be drained', byMs: null, by };
      return drainHost(portsOf(cluster, fragile, round))(request);
    },
  },
  {
    name: 'tick',
    prepare: async (cluster) => {
      await running(cluster);
      await cluster.put(changed);
    },
    run: (...given) => tick(portsOf(...given))({ first: true }),
  },
];
