/**
 * Many agents and the control plane's real use-cases, in one process and in virtual time: the agents' doorbell, manifest
 * and beat loops, over in-memory twins, API Gateway's limits on sockets, and Lambda's on functions that run at once.
 * Everything that costs something is counted.
 */
import { ControlPlaneError, type ControlPlane } from '../../agent/control-plane/control-plane.ts';
import { createBeatLoop } from '../../agent/loops/beat.ts';
import { createDoorbellLoop } from '../../agent/loops/doorbell.ts';
import type { Link } from '../../agent/loops/link.ts';
import { createManifestLoop } from '../../agent/loops/manifest.ts';
import { createStore } from '../../agent/loops/store.ts';
import { emptyState } from '../../agent/state-file.ts';
import { hello } from '../../contract/doorbell-protocol.ts';
import { hostId, type HostId } from '../../functions/core/model/ids.ts';
import { DEFAULT_SETTINGS } from '../../functions/core/model/cluster.ts';
import { answerHello, closeSocket, openSocket } from '../../functions/usecases/answer-doorbell.ts';
import { readManifest } from '../../functions/usecases/read-manifest.ts';
import { recordBeat } from '../../functions/usecases/record-beat.ts';
import { createRinger, type RingCounts } from '../../functions/usecases/ring-hosts.ts';
import type { Doorbell } from '../../functions/usecases/ports.ts';
import { createRandom } from '../../local/ec2/model/parts/random.ts';
import { ZONE } from './builders.ts';
import { fakeIds } from './fake-ids.ts';
import { fakeSockets } from './fake-sockets.ts';
import { inMemoryClusterStore } from './in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from './in-memory/decision-log.ts';
import { inMemoryHostStore } from './in-memory/host-store.ts';
import { inMemorySocketStore } from './in-memory/socket-store.ts';
import { inMemorySweepStore } from './in-memory/sweep-store.ts';
import { inMemoryStackStore } from './in-memory/stack-store.ts';
import { recordedWakes } from './in-memory/wakes.ts';
import { aHost, aManifest } from './stored-rows.ts';
import { virtualClock } from './virtual-clock.ts';
import { noGraphs } from './no-graphs.ts';

export interface StormOptions {
  readonly agents: number;
  readonly seed: string;
  /** Functions that may run at once: 1,000 in an account by default, 10 in a new one. */
  readonly concurrency: number;
}

export interface Counts {
  /** New sockets asked for, and those refused because there were too many a second. */
  readonly handshakes: number;
  readonly throttled: number;
  /** Functions called, and calls refused because too many ran. */
  readonly invocations: number;
  readonly tooMany: number;
  readonly reads: number;
  readonly writes: number;
}

/** A warm function with one or two calls of DynamoDB. */
const FUNCTION_MS = 50;
const INSTANCE = 'i-0123456789abcdef0';

export async function storm({ agents, seed, concurrency }: StormOptions) {
  const clock = virtualClock();
  const usecaseClock = { nowMs: () => clock.now(), sleep: (ms: number) => clock.sleep(ms) };
  const chance = createRandom(seed);
  const random = (): number => parseInt(chance.hex(8), 16) / 2 ** 32;
  const [hosts, sockets, cluster] = [inMemoryHostStore(), inMemorySocketStore(), inMemoryClusterStore()];
  await cluster.put(DEFAULT_SETTINGS, null, 0);
  const counted = { invocations: 0, tooMany: 0 };
  let running = 0;

  /** Runs as a function does: it takes its time, and there are only so many at once. */
  const invoked = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrency) {
      counted.tooMany += 1;
      throw new ControlPlaneError('too many functions at once', { status: 503 });
    }
    running += 1;
    counted.invocations += 1;
    try {
      await clock.sleep(FUNCTION_MS);
      return await work();
    } finally {
      running -= 1;
    }
  };

  const deps = {
    hosts,
    sockets,
    cluster,
    sweep: inMemorySweepStore(),
    stacks: inMemoryStackStore(),
    decisions: inMemoryDecisionLog(usecaseClock),
    wakes: recordedWakes(),
    clock: usecaseClock,
    ids: fakeIds(),
    zone: ZONE,
  };
  const [open, answer, close] = [openSocket(deps), answerHello(deps), closeSocket(deps)];
  const [read, beat] = [readManifest(deps), recordBeat({ ...deps, graphs: noGraphs })];
  const gateway = fakeSockets(clock, {
    connect: async (host, connection) => {
      const opened = { connection, connectedAtMs: clock.now() };
      return invoked(() => open({ host, instanceId: INSTANCE }, opened)).then(
        () => true,
        () => false,
      );
    },
    message: (connection, text) =>
      invoked(() => answer(doorbell, connection, hello.parse(JSON.parse(text)).host)).then(
        () => undefined,
        () => undefined,
      ),
    disconnect: (connection) => invoked(() => close(connection)).catch(() => undefined),
  });

  const post = async (connection: string, message: object): Promise<'rung' | 'gone'> =>
    (await gateway.post(connection, JSON.stringify(message))) ? 'rung' : 'gone';
  const doorbell: Doorbell = {
    ring: (connection, generation) => post(connection, { generation }),
    answer: (connection, known) => post(connection, { known }),
  };

  const stop = new AbortController();
  const links = new Map<HostId, Link>();
  const stores = new Map<HostId, ReturnType<typeof createStore>>();
  const ids = Array.from({ length: agents }, (_, index) => hostId(`h-${String(index).padStart(10, '0')}`));
  const done = ids.map(async (id) => {
    await hosts.putHost(aHost({ id, state: 'ready', instanceId: INSTANCE }), 0);
    await hosts.putManifest(aManifest({ host: id, generation: 1, assignments: [] }), 0);
    const link = aLink(id);
    const store = createStore(emptyState, memoryFile, clock, silent);
    links.set(id, link);
    stores.set(id, store);
    await clock.sleep(random() * 60_000);
    await live({ id, link, store });
  });

  /** One agent's talk with the control plane. */
  async function live(agent: { id: HostId; link: Link; store: ReturnType<typeof createStore> }) {
    const { id, link, store } = agent;
    const caller = { host: id, instanceId: INSTANCE };
    const controlPlane: Pick<ControlPlane, 'manifest' | 'beat'> = {
      manifest: (_host, generation) =>
        invoked(async () => (await read(caller, generation ?? null)) ?? 'unchanged'),
      beat: (_host, body) => invoked(() => beat(caller, body)),
    };
    const common = { link, controlPlane, store, clock, random, log: silent, signal: stop.signal };
    const facts = { usage: () => Promise.resolve({ cpuPercent: 1, memoryPercent: 2, diskPercent: 3 }) };
    const manifests = createManifestLoop({
      ...common,
      onChange: () => undefined,
      onBackOnline: () => beats.backOnline(),
      onUnheard: () => loop.doubt(),
    });
    const loop = createDoorbellLoop({
      ...common,
      openSocket: gateway.open,
      onRing: (generation) => manifests.ring(generation),
      onSocket: () => manifests.paceChanged(),
    });
    const onGeneration = (generation: number): void => manifests.announce(generation);
    const beats = createBeatLoop({
      ...common,
      facts,
      meter: { sample: () => Promise.resolve([]) },
      clockAheadMs: () => 0,
      neighbours: noNeighbours,
      onGeneration,
    });
    await Promise.all([manifests.run(), loop.run(), beats.run()]);
  }

  return {
    clock,
    gateway,
    /** Agents whose socket is proven. */
    alive: () => [...links.values()].filter((link) => link.socketAlive).length,
    /** Agents that hold the manifest of that generation. */
    holding: (generation: number) =>
      [...stores.values()].filter((store) => store.get().manifest?.generation === generation).length,
    counts: (): Counts => ({
      handshakes: gateway.seen.triesMs.length,
      throttled: gateway.seen.throttled,
      ...counted,
      reads:
        hosts.faults.calls('getHost') +
        hosts.faults.calls('getManifest') +
        sockets.faults.calls('get') +
        sockets.faults.calls('hostOf') +
        cluster.faults.calls('load'),
      // Each is two items: by host and by connection.
      writes:
        2 * (sockets.faults.calls('put') + sockets.faults.calls('forget')) + hosts.faults.calls('putLease'),
    }),
    /** Every manifest changes, and every host is rung as `reconcile` does it. */
    change: async (generation: number): Promise<RingCounts> => {
      const ringer = createRinger({ sockets, doorbell, clock: usecaseClock });
      for (const id of ids) {
        const before = await hosts.getManifest(id);
        await hosts.putManifest(aManifest({ host: id, generation, assignments: [] }), before?.version ?? 0);
        ringer.ring(id, generation);
      }
      let counts: RingCounts | undefined;
      void ringer.settled().then((settled) => (counts = settled));
      while (counts === undefined) await clock.advance(5);
      return counts;
    },
    end: async () => {
      stop.abort();
      for (let n = 0; n < 20; n += 1) await clock.advance(60_000);
      await Promise.all(done);
    },
  };
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const noNeighbours = { ask: () => Promise.reject(new Error('there are none')) };
const memoryFile = { load: () => Promise.resolve(emptyState), save: () => Promise.resolve() };

const aLink = (host: string): Link => ({
  host,
  bootId: 'boot-0001',
  dataRoot: '/',
  online: false,
  pollMs: DEFAULT_SETTINGS.pollMs,
  socketPollMs: DEFAULT_SETTINGS.pollMs,
  beatMs: DEFAULT_SETTINGS.beatMs,
  socketAlive: false,
  reportedSeq: 0,
  announcedGeneration: 0,
});
