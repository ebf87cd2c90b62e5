/**
 * The real use-cases over the in-memory twins, in one process and on one fake clock: stores, EC2, Route 53 and wakes, with
 * hosts that do what their manifest says. `settle` delivers wakes and lets time pass until the cluster is quiet.
 */
import type { AgentFailure, WantedAgent } from '../../contract/agent-protocol.ts';
import type { AgentRelease } from '../../functions/core/model/agent.ts';
import type { TaskReason } from '../../contract/agent-protocol.ts';
import type { StackSpec } from '../../contract/stack-spec.ts';
import type { ClusterSettings } from '../../functions/core/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../functions/core/model/cluster.ts';
import { isGone, type Host } from '../../functions/core/model/host.ts';
import type { HostLease, TaskHealth, TaskPhase } from '../../functions/core/model/task.ts';
import type { TaskUsage } from '../../functions/core/model/usage.ts';
import type { Pricing } from '../../functions/usecases/ports.ts';
import { deleteStack } from '../../functions/usecases/delete-stack.ts';
import { getStack } from '../../functions/usecases/describe-stacks.ts';
import { listReplicas } from '../../functions/usecases/list-replicas.ts';
import { snapshotLoader } from '../../functions/usecases/load-snapshot.ts';
import { provisionHosts } from '../../functions/usecases/provision-hosts.ts';
import { putStack } from '../../functions/usecases/put-stack.ts';
import { readManifest } from '../../functions/usecases/read-manifest.ts';
import { recordBeat } from '../../functions/usecases/record-beat.ts';
import { recordReport } from '../../functions/usecases/record-report.ts';
import { reconcileCluster } from '../../functions/usecases/reconcile-cluster.ts';
import { registerHost } from '../../functions/usecases/register-host.ts';
import { registerRecords } from '../../functions/usecases/register-records.ts';
import { tick } from '../../functions/usecases/tick.ts';
import { fakeClock } from './fake-clock.ts';
import { littleLinks } from './little-links.ts';
import { fakeIds } from './fake-ids.ts';
import { inMemoryAgentMemoryStore } from './in-memory/agent-memory-store.ts';
import { inMemoryOfferingStore } from './in-memory/offering-store.ts';
import { inMemoryPriceStore } from './in-memory/price-store.ts';
import { inMemoryClusterStore } from './in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from './in-memory/decision-log.ts';
import { inMemoryDirectoryStore } from './in-memory/directory-store.ts';
import { inMemoryDoorbell } from './in-memory/doorbell.ts';
import { inMemoryHostLauncher, type InMemoryLauncherOptions } from './in-memory/host-launcher.ts';
import { inMemoryHostStore } from './in-memory/host-store.ts';
import { inMemoryLoopLeases } from './in-memory/loop-leases.ts';
import { inMemoryServiceDirectory } from './in-memory/service-directory.ts';
import { inMemoryScaleStore } from './in-memory/scale-store.ts';
import { inMemorySocketStore } from './in-memory/socket-store.ts';
import { inMemoryStackStore } from './in-memory/stack-store.ts';
import { inMemorySweepStore } from './in-memory/sweep-store.ts';
import { inMemoryTimeline } from './in-memory/timeline.ts';
import { recordedWakes } from './in-memory/wakes.ts';
import { ZONE } from './builders.ts';
import { noGraphs } from './no-graphs.ts';

export interface LittleClusterOptions {
  readonly settings?: Partial<ClusterSettings>;
  readonly propagationMs?: number;
  /** Record sets that the zone takes; Route 53's default unless given. */
  readonly zoneSetsMax?: number;
  readonly launcher?: Omit<InMemoryLauncherOptions, 'clock'>;
  /** Whom prices are asked of; by default nobody. */
  readonly pricing?: Pricing;
  /** The version of the agent that is published; hosts boot with 0.1.0 whatever it is. */
  readonly release?: AgentRelease;
  /** How hosts take another version; by default they run it. */
  readonly upgrades?: (host: string, version: string) => 'good' | 'goes-back';
}

interface Behaviour {
  readonly phase: TaskPhase;
  readonly health: TaskHealth;
  /** Why, in the agent's words; a failed task has some of its own. */
  readonly reason?: TaskReason;
}

export async function littleCluster(options: LittleClusterOptions = {}) {
  const clock = fakeClock();
  const ids = fakeIds();
  const stores = {
    cluster: inMemoryClusterStore(),
    stacks: inMemoryStackStore(),
    scales: inMemoryScaleStore(),
    timeline: inMemoryTimeline(),
    hosts: inMemoryHostStore(),
    leases: inMemoryLoopLeases(),
    decisions: inMemoryDecisionLog(clock),
    sweep: inMemorySweepStore(),
    agents: inMemoryAgentMemoryStore(),
    offerings: inMemoryOfferingStore(),
    prices: inMemoryPriceStore(),
    sockets: inMemorySocketStore(),
  };
  const store = inMemoryDirectoryStore();
  /** What replicas of a service use, by its name; null: their host does not tell. */
  const loads = new Map<string, (task: string) => Partial<TaskUsage> | null>();
  const tellUsage = async (lease: HostLease): Promise<void> => {
    const manifest = await stores.hosts.getManifest(lease.host);
    const usage = (manifest?.assignments ?? []).flatMap(({ task, service }) => {
      const used = loads.get(service)?.(task);
      if (used === undefined || used === null) return [];
      return [{ task, cpuMillis: 0, memoryBytes: 0, metrics: {}, isProtected: false, ...used }];
    });
    await stores.hosts.putLease(usage.length === 0 ? lease : { ...lease, usage });
  };
  const launcher = inMemoryHostLauncher({ clock, ...options.launcher });
  const directory = inMemoryServiceDirectory({
    clock,
    zone: ZONE,
    propagationMs: options.propagationMs ?? 2000,
    setsMax: options.zoneSetsMax,
  });
  const wakes = recordedWakes();
  const doorbell = inMemoryDoorbell();
  const load = snapshotLoader({ ...stores, directory: store, release: options.release });
  const base = { ...stores, doorbell, load, wakes, clock, ids, zone: ZONE };
  const pool = { instanceType: 't3.small', architecture: 'x86_64' as const, hostsMax: 10 };
  await stores.cluster.put({ ...DEFAULT_SETTINGS, pool, ...options.settings }, null, 0);
  const loops = {
    reconcile: reconcileCluster(base),
    register: registerRecords({ ...base, store, directory }),
    provision: provisionHosts({ ...base, launcher, pricing: options.pricing ?? { source: 'file' } }),
  };
  let runTick = tick(base);
  const agent = {
    register: registerHost(base),
    read: readManifest(base),
    report: recordReport(base),
    beat: recordBeat({ ...base, graphs: noGraphs, hosts: { ...stores.hosts, putLease: tellUsage } }),
  };
  const links = littleLinks(clock, agent.beat);
  const seqs = new Map<string, number>();
  /** Version of each host's agent. */
  const versions = new Map<string, string>();
  /** When each task was told to stop, by the fake clock. */
  const stoppedAtMs = new Map<string, number>();
  const behaviour = new Map<string, Behaviour>();
  const deaf = new Set<string>();
  const hangs = new Set<string>();
  const due: { atMs: number; run: () => Promise<unknown> }[] = [];

  const cluster = {
    ...stores,
    store,
    doorbell,
    launcher,
    directory,
    clock,
    ids,
    wakes,
    loops,
    load,
    stoppedAtMs,
    /** Instances that boot but never register. */
    deaf,
    /** Hosts whose Docker does not answer: they tell their tasks as they were, and stop and start none. */
    hangs,
    /** Hosts that die or are cut off. */
    links,
    loads,
    /** A process that has seen nothing yet looks from now on. */
    forgetLooks: () => {
      runTick = tick(base);
    },
    put: (spec: StackSpec) => putStack(base)({ stack: spec.name, spec, by: 'tester' }),
    remove: (stack: string) => deleteStack(base)({ stack, by: 'tester' }),
    stack: (name: string) => getStack(stores)(name),
    replicas: () => listReplicas(base)({}),
    /** From now on the tasks of that service (`web`, or `h-.../web` on one host) are as given; by default they run and are healthy. */
    behave: (service: string, as: Behaviour) => behaviour.set(service, as),
    events: async () => (await stores.decisions.list({ limit: 1000 })).map((one) => one.code),
    /** Values that name servers answer with now. */
    answers: (type: string, name: string): readonly string[] =>
      directory.model.served().flatMap((zone) =>
        zone
          .at(`${name}.${ZONE}.`)
          .filter((set) => set.type === type)
          .flatMap((set) => set.values),
      ),
    /** As an agent that was started again does. */
    registerAgain: async (host: string) => {
      const row = (await stores.hosts.listHosts()).find((one) => one.id === host);
      if (row !== undefined) await registerNow(row);
    },
    tick: (first = true) => runTick({ first }),
    deliver,
    hostsAct,
    settle,
  };
  return cluster;

  /** Wakes become runs now or, when delayed, later. */
  async function deliver(): Promise<void> {
    for (const wake of wakes.take()) {
      const delayMs = wake.loop === 'reconcile' ? wake.delaySeconds * 1000 : 0;
      if (wake.loop !== 'tick') due.push({ atMs: clock.nowMs() + delayMs, run: loops[wake.loop] });
    }
    const now = due.filter((one) => one.atMs <= clock.nowMs());
    for (const one of now) {
      due.splice(due.indexOf(one), 1);
      await one.run();
    }
  }

  /** Every running instance registers once and then reports what its manifest wants. */
  async function hostsAct(): Promise<void> {
    const rows = await stores.hosts.listHosts([]);
    const there = new Set(
      (await launcher.list()).filter((one) => one.state === 'running').map((one) => one.instanceId),
    );
    for (const host of rows.filter((one) => one.instanceId !== null && !isGone(one.state))) {
      if (!there.has(host.instanceId ?? '') || !links.speaks(host.id)) continue;
      if (deaf.has(host.instanceId ?? '') || deaf.has('*')) continue;
      if (host.registeredAtMs === null) await registerNow(host);
      await reportNow(host);
      await links.beat(host);
    }
  }

  async function registerNow(host: Host): Promise<void> {
    const instanceId = host.instanceId ?? '';
    // A host knows its own address, also while its row does not: a fleet's answer names none.
    const own = (await launcher.list()).find((one) => one.instanceId === instanceId);
    await agent.register(
      { host: host.id, instanceId },
      {
        instanceId,
        bootId: 'boot-0001',
        agentVersion: '0.1.0',
        address: own?.address ?? host.address ?? '10.0.0.9',
        zone: host.zone ?? 'us-east-1a',
        instanceType: host.launch.instanceType,
        architecture: host.launch.architecture,
        capacity: { cpuMillis: 2000, memoryBytes: 2 * 2 ** 30, pids: 30_000, diskBytes: 2 ** 34 },
        docker: { version: '28.0.0', apiVersion: '1.48', cgroupVersion: '2', storageDriver: 'overlay2' },
      },
    );
  }

  async function reportNow(host: Host): Promise<void> {
    const caller = { host: host.id, instanceId: host.instanceId ?? '' };
    const manifest = await agent.read(caller, null);
    if (manifest === null) return;
    const before = await stores.hosts.getReport(host.id);
    const dockerAnswers = !hangs.has(host.id);
    const asBefore = (before?.tasks ?? []).map(({ task, phase, health, attempt }) => {
      const reason = { code: 'docker-unavailable' as const, message: 'Docker does not answer' };
      return { task, phase, health, attempt, reason };
    });
    const seen = manifest.assignments.map(({ task, service, wanted }) => {
      if (dockerAnswers && wanted === 'stop' && !stoppedAtMs.has(task)) stoppedAtMs.set(task, clock.nowMs());
      const as =
        wanted === 'stop'
          ? ({ phase: 'stopped', health: 'starting' } as const)
          : (behaviour.get(`${host.id}/${service}`) ??
            behaviour.get(service) ??
            ({ phase: 'running', health: 'healthy' } as const));
      return {
        task,
        ...as,
        attempt: 1,
        ...(as.phase === 'failed' && !('reason' in as)
          ? { reason: { code: 'crash-loop' as const, message: 'it exits with 1' } }
          : {}),
      };
    });
    const tasks = dockerAnswers ? seen : asBefore;
    const failed = takeVersion(host.id, manifest.agent);
    const agentVersion = versions.get(host.id) ?? '0.1.0';
    if (
      before?.dockerAnswers === dockerAnswers &&
      before.agentVersion === agentVersion &&
      before.agentFailure?.request === failed?.request &&
      before.generation === manifest.generation &&
      JSON.stringify(before.tasks.map(({ task, phase, health }) => ({ task, phase, health }))) ===
        JSON.stringify(tasks.map(({ task, phase, health }) => ({ task, phase, health })))
    )
      return;
    const seq = (seqs.get(host.id) ?? 0) + 1;
    seqs.set(host.id, seq);
    await agent.report(caller, {
      bootId: 'boot-0001',
      seq,
      agentVersion,
      generation: manifest.generation,
      dockerAnswers,
      tasks,
      images: [],
      ...(failed === undefined ? {} : { agentFailure: failed }),
    });
  }

  /** Another version at once, or what the host says of it. */
  function takeVersion(host: string, wanted: WantedAgent | undefined): AgentFailure | undefined {
    if (wanted === undefined || wanted.version === (versions.get(host) ?? '0.1.0')) return undefined;
    if (options.upgrades?.(host, wanted.version) === 'goes-back')
      return { version: wanted.version, request: wanted.request, final: true, reason: 'it ended 3 times' };
    versions.set(host, wanted.version);
    return undefined;
  }

  /** Lets `seconds` pass, a quarter of a second at a time, with ticks every 15 s. `watch` sees every step. */
  async function settle(seconds: number, watch: () => void = () => undefined): Promise<void> {
    for (let step = 0; step < seconds * 4; step += 1) {
      if (step % 60 === 0) await runTick({ first: false });
      await deliver();
      await hostsAct();
      await deliver();
      watch();
      await clock.advance(250);
    }
  }
}
