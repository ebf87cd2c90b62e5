/**
 * One simulated machine: a Docker Engine and a disk that outlive the agent, the real agent program on top of them, and a
 * clock of its own that may be wrong. A crash of the agent is a true one: what it had under way stays half done, and no
 * answer reaches it any more.
 */
import { runAgent } from '../../../agent/agent.ts';
import type { Clock } from '../../../agent/clock.ts';
import { parseConfig } from '../../../agent/config.ts';
import type { ControlPlane } from '../../../agent/control-plane/control-plane.ts';
import type { OpenSocket } from '../../../agent/control-plane/socket.ts';
import type { Container, DockerEngine } from '../../../agent/docker/engine.ts';
import type { MetadataBlock } from '../../../agent/host/metadata-block.ts';
import {
  emptyState,
  resumed,
  StateFileError,
  type AgentState,
  type StateFile,
} from '../../../agent/state-file.ts';
import { fakeCounters } from '../../support/fake-counters.ts';
import { fakeSignals } from '../../support/fake-health.ts';
import { createFakeDocker, type EngineCall, type FakeDocker } from '../../support/fake-docker.ts';
import type { NeighbourNet } from '../../../agent/neighbours/neighbour-net.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import { createLink, type Link } from './network.ts';
import { addForeignContainer, watchedDocker } from './watched-docker.ts';
import { play } from './programs.ts';
import type { Hooks } from './watch.ts';

export interface Machine {
  readonly instanceId: string;
  readonly host: string;
  readonly address: string;
  readonly zone: string;
  readonly docker: FakeDocker;
  readonly link: Link;
  readonly random: Random;
  /** Milliseconds by which its clock is ahead. */
  skewMs: number;
  bootId: string;
  /** It has lost its state file once. */
  hasLostState: boolean;
  /** Off: the machine is down, or gone for good. */
  on: boolean;
  /** Its user data fails: no agent ever. */
  broken: boolean;
  diskFull: boolean;
  /** Other hosts do not reach it, nor it them. */
  isIsolated: boolean;
  /** Docker hangs: calls end in a timeout. */
  dockerHangs: boolean;
  /** The agent's next call of that number, of any port, is its last. */
  crashAtCall: number | undefined;
  agentRuns(): boolean;
  /** When the running agent got its last answer. */
  lastAnswerMs(): number;
  /** What is on its disk. */
  saved(): AgentState;
  startAgent(): void;
  /** SIGKILL. */
  killAgent(): void;
  loseStateFile(): void;
  /** Power off: the agent and all processes of containers end. */
  powerOff(): void;
  powerOn(): void;
}

export interface MachineOptions {
  readonly instanceId: string;
  readonly host: string;
  readonly address: string;
  readonly zone: string;
  readonly cluster: string;
  readonly images: readonly string[];
  readonly relistMs: number;
  readonly skewMs: number;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly hooks: Hooks;
  /** What a container uses now; undefined: as usual. */
  readonly cpuMillisOf: (container: Container) => number | undefined;
  readonly trace: (what: string) => void;
  readonly controlPlane: (machine: Machine) => ControlPlane;
  readonly openSocket: (machine: Machine) => OpenSocket;
  readonly neighbours: (machine: Machine) => NeighbourNet;
  /** It can be reached by others, or not any more. */
  readonly onReach: (machine: Machine) => void;
  /** Plants a bug into what the agent sees of Docker. */
  readonly bug?: (engine: DockerEngine, machine: Machine) => DockerEngine;
}

/** Milliseconds that calls which change something take, from and to. */
const CALL_MS: Partial<Record<EngineCall, readonly [number, number]>> = {
  create: [5, 60],
  start: [60, 600],
  kill: [1, 20],
  remove: [5, 80],
  pull: [500, 9000],
};

interface AgentLife {
  alive: boolean;
  calls: number;
  readonly stop: AbortController;
}

export function createMachine(options: MachineOptions): Machine {
  const { scheduler, random, hooks } = options;
  const clock: Clock = { now: () => scheduler.nowMs() + machine.skewMs, sleep: scheduler.sleep };
  const docker = createFakeDocker({
    clock,
    cluster: options.cluster,
    play,
    keepCalls: false,
    callMs: (call) => {
      const span = CALL_MS[call];
      return span === undefined ? 0 : random.between(span[0], span[1]);
    },
  });
  for (const image of options.images) docker.addToRegistry(image);
  let life: AgentLife | undefined;
  let disk: AgentState | 'lost' = emptyState;
  let boots = 1;

  const machine: Machine = {
    instanceId: options.instanceId,
    host: options.host,
    address: options.address,
    zone: options.zone,
    docker,
    link: createLink(),
    random,
    skewMs: options.skewMs,
    bootId: `boot-${options.instanceId}-${boots}`,
    hasLostState: false,
    on: true,
    broken: false,
    diskFull: false,
    isIsolated: false,
    dockerHangs: false,
    crashAtCall: undefined,
    agentRuns: () => life !== undefined,
    lastAnswerMs: () => machine.link.lastAnswerMs,
    saved: () => (disk === 'lost' ? emptyState : disk),
    startAgent,
    killAgent,
    loseStateFile: () => {
      disk = 'lost';
      machine.hasLostState = true;
    },
    powerOff: () => {
      machine.on = false;
      killAgent();
      for (const container of [...docker.containers()])
        if (container.state === 'running') docker.crash(container.name, 255);
    },
    powerOn: () => {
      boots += 1;
      machine.bootId = `boot-${options.instanceId}-${boots}`;
      machine.on = true;
      startAgent();
    },
  };
  addForeignContainer(docker);
  return machine;

  function killAgent(): void {
    if (life === undefined) return;
    options.trace(`agent of ${machine.host} is killed`);
    life.alive = false;
    life.stop.abort();
    life = undefined;
    options.onReach(machine);
  }

  function startAgent(): void {
    if (life !== undefined || !machine.on || machine.broken) return;
    const mine: AgentLife = { alive: true, calls: 0, stop: new AbortController() };
    life = mine;
    options.trace(`agent of ${machine.host} starts`);
    hooks.agentBooted(machine);
    machine.link.confirmed = false;
    const ours = watchedDocker({ ...options, machine, docker });
    const engine = options.bug ? options.bug(ours, machine) : ours;
    const ports = {
      config: parseConfig(
        { cluster: options.cluster, region: 'us-east-1', relistMs: options.relistMs },
        'simulation',
      ),
      engine: mortal(engine, mine),
      identity: () =>
        Promise.resolve({
          instanceId: machine.instanceId,
          instanceType: 't3.small',
          address: machine.address,
          zone: machine.zone,
          region: 'us-east-1',
          host: machine.host,
        }),
      controlPlane: () => mortal(options.controlPlane(machine), mine),
      openSocket: ownSockets(mine),
      neighbours: mortal(options.neighbours(machine), mine),
      probe: () => Promise.resolve({ kind: 'passed' as const }),
      ...metersOf(clock, options.cpuMillisOf),
      signals: fakeSignals(),
      stateFile: mortal(stateFile(), mine),
      metadataBlock: staysBlocked(),
      facts: {
        bootId: () => Promise.resolve(machine.bootId),
        capacity: () => Promise.resolve(CAPACITY),
        usage: () => Promise.resolve({ cpuPercent: 12, memoryPercent: 34, diskPercent: 56 }),
        diskPercent: () => Promise.resolve(56),
      },
      clockAheadMs: () => 0,
      cpus: 2,
      freeMemory: () => undefined,
      clock,
      random: random.next,
      log: SILENT,
    };
    runAgent(ports, mine.stop.signal).catch((error: unknown) =>
      hooks.strange(`agent of ${machine.host}`, error),
    );
  }

  /** They end with the agent: told to the other side, unless nothing leaves this host. */
  function ownSockets(mine: AgentLife): OpenSocket {
    const open = options.openSocket(machine);
    return async (host, events) => {
      const socket = await open(host, {
        onText: (text) => mine.alive && events.onText(text),
        onEnd: (why) => mine.alive && events.onEnd(why),
      });
      const end = (): void => {
        if (machine.on && machine.link.cut === 'no') socket.close();
      };
      mine.stop.signal.addEventListener('abort', end, { once: true });
      if (mine.alive) return socket;
      end();
      return forever();
    };
  }

  function stateFile(): StateFile {
    return {
      load: () =>
        disk === 'lost' ? Promise.reject(new StateFileError('told so')) : Promise.resolve(resumed(disk)),
      save: (state) => {
        if (machine.diskFull) return Promise.reject(new Error('ENOSPC: no space left on device'));
        disk = state;
        return Promise.resolve();
      },
    };
  }

  /** The same object, for one life: once it is over calls do nothing, and answers under way never come. */
  function mortal<T extends object>(target: T, mine: AgentLife): T {
    return Object.fromEntries(
      Object.entries(target).map(([key, member]: [string, unknown]) => [
        key,
        (...values: unknown[]): unknown => {
          if (!mine.alive) return forever();
          mine.calls += 1;
          if (machine.crashAtCall !== undefined && --machine.crashAtCall <= 0) {
            machine.crashAtCall = undefined;
            killAgent();
            return forever();
          }
          const result = (member as (...given: unknown[]) => unknown)(...values);
          if (!(result instanceof Promise)) return result;
          return result.then(
            (value: unknown) => (mine.alive ? value : forever()),
            (error: unknown) => (mine.alive ? Promise.reject(error as Error) : forever()),
          );
        },
      ]),
    ) as T;
  }
}

const forever = (): Promise<never> => new Promise(() => undefined);

/**
 * The block is in place once it was made, and nobody takes it away. To be told so every ten seconds would be a quarter of
 * all events: the second question stays open.
 */
function staysBlocked(): MetadataBlock {
  let isBlocked = false;
  return {
    ensure: () => {
      if (isBlocked) return forever();
      isBlocked = true;
      return Promise.resolve();
    },
  };
}

export const CAPACITY = {
  cpuMillis: 2000,
  memoryBytes: 2 * 2 ** 30,
  pids: 30_000,
  diskBytes: 2 ** 34,
} as const;

const nothing = (): void => undefined;
const SILENT = { info: nothing, warn: nothing, error: nothing };

function metersOf(clock: Clock, cpuMillisOf: MachineOptions['cpuMillisOf']) {
  const { read, scrape } = fakeCounters(clock, cpuMillisOf);
  return { counters: read, scrape };
}
