/**
 * The whole agent in one process and in virtual time: the real program over an engine in memory, a control plane in
 * memory, and a state file that survives its crashes. A crash is a true one: what the old process had under way stays
 * undone or half done, and its answers reach nobody.
 */
import { runAgent } from '../../agent/agent.ts';
import { parseConfig } from '../../agent/config.ts';
import { ControlPlaneError, type ControlPlane } from '../../agent/control-plane/control-plane.ts';
import type { OpenSocket } from '../../agent/control-plane/socket.ts';
import { ASK_TIMEOUT_MS, type NeighbourNet } from '../../agent/neighbours/neighbour-net.ts';
import { createLog } from '../../agent/log.ts';
import type { Upgrades } from '../../agent/upgrade/upgrades.ts';
import {
  emptyState,
  resumed,
  StateFileError,
  type AgentState,
  type StateFile,
} from '../../agent/state-file.ts';
import {
  beat as beatSchema,
  report as reportSchema,
  type Assignment,
  type Beat,
  type ContainerSpec,
  type Manifest,
  type Neighbour,
  type Report,
  type TaskReport,
  type WantedAgent,
} from '../../contract/agent-protocol.ts';
import { hello as helloSchema } from '../../contract/doorbell-protocol.ts';
import { fakeCounters, type FakeCounters } from './fake-counters.ts';
import { fakeProbes, fakeSignals, type FakeProbes, type FakeSignals } from './fake-health.ts';
import { createFakeDocker, type FakeDocker, type FakeDockerOptions } from './fake-docker.ts';
import { fakeSockets, type FakeSockets } from './fake-sockets.ts';
import { play } from './programs.ts';
import { virtualClock, type VirtualClock } from './virtual-clock.ts';

const HOST = 'h-test0001';

export interface AgentWorld {
  readonly clock: VirtualClock;
  readonly docker: FakeDocker;
  readonly sockets: FakeSockets;
  readonly probes: FakeProbes;
  readonly counters: FakeCounters;
  /** Of the life of now. */
  signals(): FakeSignals;
  readonly reports: Report[];
  readonly beats: (Beat & { readonly atMs: number })[];
  /** What the next replies to beats dictate. */
  setPace(next: { readonly beatMs?: number; readonly neighbours?: Neighbour[] }): void;
  /** What is said at a neighbour's address; undefined: nothing. */
  setNeighbour(address: string, line: string | undefined): void;
  /** The host loses power: the agent and every container end at once. The next `boot` is the host's, not the agent's. */
  powerCut(): Promise<void>;
  /** What this host tells others, and where. */
  readonly shown: { line: string; address: string };
  readonly log: Record<string, unknown>[];
  /** Starts the agent; the one before must have ended. */
  boot(): void;
  /** SIGKILL. */
  crash(): Promise<void>;
  want(specs: Record<string, ContainerSpec>, assignments: readonly Assignment[]): void;
  wantOf(wanted: Assignment['wanted'], ...tasks: string[]): void;
  /** Asks for a version of the agent. */
  askAgent(agent: WantedAgent): void;
  /** The manifest as of another generation, as after a restored table. */
  wantAs(generation: number, specs: Record<string, ContainerSpec>, assignments: readonly Assignment[]): void;
  /** Tells the agent over its socket, if it has one; takes 5 ms. False: nobody to tell. */
  ring(text?: string): Promise<boolean>;
  /** The control plane loses its note of which socket is this agent's. */
  forgetSocket(): void;
  setOnline(online: boolean): void;
  /** Beats of which this says true are refused (400). */
  refuseBeats(refused: (beat: Beat) => boolean): void;
  /** Whether the next writes of the state file fail. */
  setDiskFull(full: boolean): void;
  /** What is on the disk. */
  saved(): AgentState;
  loseStateFile(): void;
  setMetadataBlock(works: boolean): void;
  /** What the control plane was last told of a task. */
  told(task: string): TaskReport | undefined;
  polls(): number;
}

export interface AgentWorldOptions {
  readonly docker?: Partial<FakeDockerOptions>;
  readonly config?: Record<string, unknown>;
  /** The pace of polls while a socket is proven; that of all others unless given. */
  readonly socketPollMs?: number;
  readonly random?: () => number;
  readonly upgrades?: Upgrades;
  /** Milliseconds that a write of the state file takes. */
  readonly saveMs?: number;
}

export function agentWorld(options: AgentWorldOptions = {}): AgentWorld {
  const clock = virtualClock();
  const docker = createFakeDocker({ clock, cluster: 'test', play, ...options.docker });
  docker.addImage('berth-test');
  const probes = fakeProbes(clock);
  const counters = fakeCounters(clock);
  let signals = fakeSignals();
  const reports: Report[] = [];
  const beats: AgentWorld['beats'] = [];
  let beatPace: { beatMs: number; neighbours: Neighbour[] } = { beatMs: 5000, neighbours: [] };
  const there = new Map<string, string>();
  let bootId = 'boot-0001';
  const shown = { line: '', address: '' };
  const log: Record<string, unknown>[] = [];
  const config = parseConfig({ cluster: 'test', region: 'us-east-1', ...options.config }, 'test');
  const { socketPollMs = 1000 } = options;
  const pace = { pollMs: 1000, socketPollMs, beatMs: 5000 };
  /** Connection that rings go to. */
  let connection: string | undefined;
  const sockets = fakeSockets(clock, {
    connect: (_host, id) => {
      connection = id;
      return Promise.resolve(true);
    },
    message: (id, text) => {
      expectHello(text);
      return Promise.resolve(JSON.stringify({ known: id === connection }));
    },
    disconnect: (id) => {
      if (id === connection) connection = undefined;
      return Promise.resolve();
    },
  });
  let manifest: Manifest = {
    host: HOST,
    generation: 0,
    ...pace,
    specs: {},
    assignments: [],
  };
  let online = true;
  let refused: (beat: Beat) => boolean = () => false;
  let blocked = true;
  let diskFull = false;
  let polls = 0;
  let disk: AgentState | 'lost' = emptyState;
  let life: { alive: boolean; stop: AbortController; done: Promise<void> } | undefined;

  const answer = async <T>(make: () => T): Promise<T> => {
    await clock.sleep(5);
    if (!online) throw new ControlPlaneError('no answer (told so)');
    return make();
  };
  const controlPlane: ControlPlane = {
    register: () => answer(() => ({ host: HOST, generation: manifest.generation, zone: 'z', ...pace })),
    manifest: (_host, generation) => {
      polls++;
      return answer(() => (generation === manifest.generation ? 'unchanged' : manifest));
    },
    report: (_host, body) =>
      answer(() => {
        reports.push(reportSchema.parse(body));
        return { generation: manifest.generation };
      }),
    beat: (_host, body) =>
      answer(() => {
        if (refused(body)) throw new ControlPlaneError('refused (told so)', { status: 400 });
        beats.push({ atMs: clock.now(), ...beatSchema.parse(body) });
        return { generation: manifest.generation, ...pace, ...beatPace };
      }),
  };
  const stateFile: StateFile = {
    load: () =>
      disk === 'lost' ? Promise.reject(new StateFileError('told so')) : Promise.resolve(resumed(disk)),
    save: async (state) => {
      await clock.sleep(options.saveMs ?? 1);
      if (diskFull) throw new Error('ENOSPC: no space left on device');
      disk = structuredClone(state);
    },
  };

  const boot = (): void => {
    const stop = new AbortController();
    const mine = { alive: true, stop, done: Promise.resolve() };
    signals = fakeSignals();
    const probe = mortal({ run: probes.run }, mine);
    const { read, scrape } = mortal({ read: counters.read, scrape: counters.scrape }, mine);
    const ports = {
      config,
      engine: mortal(docker, mine),
      identity: () =>
        Promise.resolve({
          instanceId: 'i-0123456789abcdef0',
          instanceType: 't3.small',
          address: '10.77.0.11',
          zone: 'us-east-1a',
          region: 'us-east-1',
          host: HOST,
        }),
      controlPlane: () => mortal(controlPlane, mine),
      openSocket: mortalSocket(sockets.open, mine),
      stateFile: mortal(stateFile, mine),
      metadataBlock: {
        ensure: () => (blocked ? Promise.resolve() : Promise.reject(new Error('iptables cannot be run'))),
      },
      facts: {
        bootId: () => Promise.resolve(bootId),
        capacity: () =>
          Promise.resolve({ cpuMillis: 2000, memoryBytes: 2 ** 31, pids: 4096, diskBytes: 2 ** 34 }),
        usage: () => Promise.resolve({ cpuPercent: 1, memoryPercent: 2, diskPercent: 3 }),
        diskPercent: () => Promise.resolve(3),
      },
      neighbours: mortal<NeighbourNet>(
        {
          answer: async (address, line, signal) => {
            Object.assign(shown, { address, line });
            while (!signal.aborted) await clock.sleep(60_000, signal);
          },
          ask: async (address) => {
            await clock.sleep(there.has(address) ? 1 : ASK_TIMEOUT_MS);
            const line = there.get(address);
            if (line === undefined) throw new Error('no answer (told so)');
            return line;
          },
        },
        mine,
      ),
      probe: probe.run,
      counters: read,
      scrape,
      signals,
      clockAheadMs: () => 0,
      upgrades: options.upgrades && mortal(options.upgrades, mine),
      cpus: 2,
      freeMemory: () => undefined,
      clock,
      random: options.random ?? (() => 0.5),
      log: createLog(
        (line) => log.push(JSON.parse(line) as Record<string, unknown>),
        () => clock.now(),
      ),
    };
    mine.done = runAgent(ports, stop.signal);
    life = mine;
  };

  const crash = async (): Promise<void> => {
    if (life === undefined) return;
    life.alive = false;
    life.stop.abort();
    life = undefined;
    await clock.advance(0);
  };

  return {
    clock,
    docker,
    sockets,
    probes,
    counters,
    signals: () => signals,
    reports,
    beats,
    shown,
    setPace: (next) => (beatPace = { ...beatPace, ...next }),
    setNeighbour: (address, line) => {
      if (line === undefined) there.delete(address);
      else there.set(address, line);
    },
    log,
    boot,
    crash,
    powerCut: async () => {
      await crash();
      for (const { name, state } of docker.everything()) if (state === 'running') docker.crash(name, 255);
      bootId = `boot-${String(Number(bootId.slice(5)) + 1).padStart(4, '0')}`;
    },
    want: (specs, assignments) =>
      (manifest = { ...manifest, generation: manifest.generation + 1, specs, assignments: [...assignments] }),
    wantAs: (generation, specs, assignments) =>
      (manifest = { ...manifest, generation, specs, assignments: [...assignments] }),
    wantOf: (wanted, ...tasks) => {
      const assignments = manifest.assignments.map((each) =>
        tasks.includes(each.task) ? { ...each, wanted } : each,
      );
      manifest = { ...manifest, generation: manifest.generation + 1, assignments };
    },
    askAgent: (agent) => (manifest = { ...manifest, generation: manifest.generation + 1, agent }),
    ring: async (text = JSON.stringify({ generation: manifest.generation })) => {
      if (connection === undefined) return false;
      const posted = sockets.post(connection, text);
      await clock.advance(5);
      return posted;
    },
    forgetSocket: () => (connection = undefined),
    setOnline: (next) => (online = next),
    refuseBeats: (next) => (refused = next),
    setDiskFull: (full) => (diskFull = full),
    saved: () => (disk === 'lost' ? emptyState : disk),
    loseStateFile: () => (disk = 'lost'),
    setMetadataBlock: (works) => (blocked = works),
    told: (task) => reports.at(-1)?.tasks.find((each) => each.task === task),
    polls: () => polls,
  };
}

const expectHello = (text: string): void => void helloSchema.parse(JSON.parse(text));

/** A socket dies with the life that opened it, and what was on its way to it reaches nobody. */
function mortalSocket(open: OpenSocket, life: { alive: boolean; stop: AbortController }): OpenSocket {
  return async (host, events) => {
    const alive = (act: () => void): void => {
      if (life.alive) act();
    };
    const socket = await open(host, {
      onText: (text) => alive(() => events.onText(text)),
      onEnd: (why) => alive(() => events.onEnd(why)),
    });
    if (life.alive) life.stop.signal.addEventListener('abort', () => socket.close(), { once: true });
    else socket.close();
    return {
      send: (text) => alive(() => socket.send(text)),
      close: () => alive(() => socket.close()),
    };
  };
}

/** The same object, for one life: once that is over calls do nothing, and answers under way never come. */
function mortal<T extends object>(target: T, life: { alive: boolean }): T {
  const never = new Promise<never>(() => undefined);
  return Object.fromEntries(
    Object.entries(target).map(([key, member]) => [
      key,
      (...args: unknown[]) => {
        if (!life.alive) return never;
        const result = (member as (...given: unknown[]) => unknown)(...args);
        if (!(result instanceof Promise)) return result;
        return result.then(
          (value: unknown) => (life.alive ? value : never),
          (error: unknown) => (life.alive ? Promise.reject(error as Error) : never),
        );
      },
    ]),
  ) as T;
}
