/**
 * The port "Docker engine" in memory: stateful, strict, and as moody as told.
 *
 * Strict: an unknown create option, a malformed name or signal, and a program that nobody taught it throw, because a
 * real engine would not understand them either. Held to the real engine by test/contract/docker.test.ts.
 * Time comes from the clock it is given, so that it also runs in simulated time.
 */
import type { Clock } from '../../agent/clock.ts';
import {
  EngineError,
  LABELS,
  type Container,
  type ContainerEvent,
  type CreateOptions,
  type DockerEngine,
  type EngineErrorKind,
  type ListedContainer,
} from '../../agent/docker/engine.ts';
import { playCommand, type Played, type PlayedCommand } from './programs.ts';

export type EngineCall = Exclude<keyof DockerEngine, 'events'>;

export interface FakeDocker extends DockerEngine {
  /** The same engine as another cluster's agent sees it. */
  seenBy(cluster: string): Pick<DockerEngine, 'list'>;
  /** An image on the host; `checked`: it brings a health check of its own. */
  addImage(reference: string, traits?: { checked?: boolean }): void;
  /** An image that a pull finds. */
  addToRegistry(reference: string): void;
  /** The next `times` calls of this kind fail. `afterwards`: they act, and their answer is lost. */
  failNext(
    call: EngineCall,
    kind: EngineErrorKind,
    options?: { times?: number; message?: string; afterwards?: boolean },
  ): void;
  /** What was told to fail, and has not failed yet, does not. */
  forgiveFailures(): void;
  /** The engine is gone (containers go on) or back. */
  setDown(down: boolean): void;
  /** What people and kernels do. */
  crash(name: string, exitCode?: number): void;
  setHealth(name: string, health: 'healthy' | 'unhealthy', output?: string): void;
  removeByHand(name: string): void;
  /** All containers, whoever's. */
  everything(): readonly (Container & { readonly options: CreateOptions })[];
  /** The same containers, for those who look often: no copies, and nothing of how they were made. */
  containers(): Iterable<Container>;
  /** Calls made, in order: `start berth-x`. */
  readonly calls: string[];
  /** Most calls of `create` and `start` that were under way at once. */
  mostAtOnce(): number;
}

export interface FakeDockerOptions {
  readonly clock: Clock;
  readonly cluster: string;
  readonly play: (options: CreateOptions) => Played;
  /** What a command inside a container does; the table of test/support/programs.ts unless said. */
  readonly playCommand?: (argv: readonly string[]) => PlayedCommand;
  /** How long each call takes; 1 ms unless said. */
  readonly callMs?: (call: EngineCall) => number;
  /** False: `calls` stays empty. For runs of many hours. */
  readonly keepCalls?: boolean;
}

interface Entry {
  container: Container;
  readonly options: CreateOptions;
  runs: number;
}

const OPTION_KEYS = new Set(
  'Image Cmd Entrypoint Env Labels User WorkingDir StopSignal StopTimeout Healthcheck ExposedPorts HostConfig'.split(
    ' ',
  ),
);
const HOST_KEYS = new Set(
  `PortBindings RestartPolicy LogConfig CapAdd CapDrop SecurityOpt Privileged CgroupnsMode ReadonlyRootfs Tmpfs Init PidsLimit
   Memory MemorySwap MemoryReservation NanoCpus CpuShares Mounts DeviceRequests`.split(/\s+/),
);
/** Every image of the fake has this one. */
const LAYER = '0123456789ab';
const NEVER = '0001-01-01T00:00:00Z';

export function createFakeDocker(setup: FakeDockerOptions): FakeDocker {
  const { clock } = setup;
  const images = new Map<string, { checked: boolean }>();
  const registry = new Set<string>();
  const entries = new Map<string, Entry>();
  const failures: { call: EngineCall; kind: EngineErrorKind; message: string; afterwards: boolean }[] = [];
  const listeners = new Set<{ push: (event: ContainerEvent) => void; end: () => void }>();
  const calls: string[] = [];
  const commandsUnderWay = new Set<string>();
  let execs = 0;
  let down = false;
  let ids = 0;
  let starting = 0;
  let most = 0;

  const emit = (entry: Entry): void => {
    if (entry.container.labels[LABELS.cluster] !== setup.cluster) return;
    for (const listener of listeners) listener.push({ id: entry.container.id });
  };
  const change = (entry: Entry, next: Partial<Container>): void => {
    entry.container = { ...entry.container, ...next };
  };
  const unreachable = (): EngineError =>
    new EngineError('unreachable', 'Docker cannot be reached (in memory)');

  /** One call: it takes its time, and fails as told, before or after it acted. */
  const call = async <T>(kind: EngineCall, name: string, act: () => T): Promise<T> => {
    if (setup.keepCalls !== false) calls.push(`${kind} ${name}`.trim());
    const takesMs = setup.callMs?.(kind) ?? 1;
    if (takesMs > 0) await clock.sleep(takesMs);
    if (down) throw unreachable();
    const at = failures.findIndex((failure) => failure.call === kind);
    const [failure] = at < 0 ? [] : failures.splice(at, 1);
    if (failure !== undefined && !failure.afterwards) throw new EngineError(failure.kind, failure.message);
    const result = act();
    if (failure !== undefined) throw new EngineError(failure.kind, failure.message);
    return result;
  };
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    most = Math.max(most, ++starting);
    try {
      return await work();
    } finally {
      starting--;
    }
  };

  const byId = (id: string): Entry => {
    const found = entries.get(id);
    if (found === undefined) throw new EngineError('not-found', `No such container: ${id}`);
    return found;
  };
  const byName = (name: string): Entry => {
    const found = [...entries.values()].find((entry) => entry.container.name === name);
    if (found === undefined) throw new Error(`the test names a container that is not there: ${name}`);
    return found;
  };
  const nameOf = (id: string): string => entries.get(id)?.container.name ?? id;

  const end = (entry: Entry, exitCode: number, oomKilled = false): void => {
    if (entry.container.state !== 'running') return;
    const finishedAt = `${new Date(clock.now()).toISOString()}#${entry.runs}`;
    change(entry, { state: 'exited', exitCode, oomKilled, finishedAt, address: '', pid: 0 });
    emit(entry);
  };
  const whileRun = async (entry: Entry, afterMs: number, act: () => void): Promise<void> => {
    const run = entry.runs;
    await clock.sleep(afterMs);
    if (entry.runs === run && entry.container.state === 'running') act();
  };

  const checked = (options: CreateOptions): boolean =>
    options.Healthcheck === undefined
      ? (images.get(reference(options.Image))?.checked ?? false)
      : options.Healthcheck.Test[0] !== 'NONE';

  const create = (name: string, options: CreateOptions): string => {
    refuseUnknown(name, options);
    if (!images.has(reference(options.Image)))
      throw new EngineError('image-missing', `No such image: ${reference(options.Image)}`);
    if ([...entries.values()].some((entry) => entry.container.name === name))
      throw new EngineError('name-taken', `Conflict. The container name "/${name}" is already in use`);
    const id = (++ids).toString(16).padStart(64, '0');
    const container: Container = {
      id,
      name,
      labels: options.Labels,
      state: 'created',
      health: 'none',
      exitCode: 0,
      oomKilled: false,
      error: '',
      healthOutput: '',
      finishedAt: NEVER,
      startedAt: NEVER,
      pid: 0,
      address: '',
      stopSignal: options.StopSignal ?? 'SIGTERM',
      stopGraceMs: options.StopTimeout * 1000,
    };
    entries.set(id, { container, options, runs: 0 });
    return id;
  };

  const start = (id: string): void => {
    const entry = byId(id);
    if (entry.container.state === 'running') return;
    const played = setup.play(entry.options);
    const taken = [...entries.values()].some(
      (other) => other.container.state === 'running' && sharePort(other.options, entry.options),
    );
    const error = taken ? 'Bind for 0.0.0.0 failed: port is already allocated' : played.startError;
    if (error !== undefined) {
      change(entry, { error });
      throw new EngineError(taken ? 'port-taken' : 'refused', error);
    }
    entry.runs++;
    const startedAt = `${new Date(clock.now()).toISOString()}#${entry.runs}`;
    const address = addressOf(parseInt(id, 16));
    const health = checked(entry.options) ? 'starting' : 'none';
    change(entry, { state: 'running', error: '', health, startedAt, address, pid: 1000 + entry.runs });
    if (played.endsAfterMs !== undefined)
      void whileRun(entry, played.endsAfterMs, () => end(entry, played.exitCode ?? 0, played.oomKilled));
    if (played.healthyAfterMs !== undefined && checked(entry.options))
      void whileRun(entry, played.healthyAfterMs, () => {
        change(entry, { health: 'healthy' });
        emit(entry);
      });
  };

  const kill = (id: string, signal: string): void => {
    if (!/^(SIG)?[A-Z]{2,9}$/.test(signal)) throw new EngineError('refused', `Invalid signal: ${signal}`);
    const entry = byId(id);
    if (entry.container.state !== 'running')
      throw new EngineError('not-running', `Container ${id} is not running`);
    const played = setup.play(entry.options);
    if (signal === 'SIGKILL') void whileRun(entry, 2, () => end(entry, 137));
    else if (played.onTerm !== undefined)
      void whileRun(entry, played.termMs ?? 1, () => end(entry, played.onTerm ?? 0));
  };

  const drop = (entry: Entry): void => {
    entries.delete(entry.container.id);
    emit(entry);
  };
  const remove = (id: string): void => {
    const entry = entries.get(id);
    if (entry === undefined) return;
    if (entry.container.state === 'running')
      throw new EngineError('running', `You cannot remove a running container ${id}`);
    drop(entry);
  };

  const listOf = (cluster: string): Promise<readonly ListedContainer[]> =>
    call('list', '', () =>
      [...entries.values()]
        .map((entry) => entry.container)
        .filter((container) => container.labels[LABELS.cluster] === cluster)
        .map(({ id, name, labels, state, health }) => ({
          ...{ id, name, labels, state },
          health: state === 'running' ? health : 'none',
        })),
    );

  async function* events(signal: AbortSignal, listening: () => void): AsyncIterable<ContainerEvent> {
    await clock.sleep(1);
    if (down) throw unreachable();
    const waiting: ContainerEvent[] = [];
    let wake: () => void = () => undefined;
    const state = { ended: false };
    const listener = {
      push: (event: ContainerEvent): void => {
        waiting.push(event);
        wake();
      },
      end: (): void => {
        state.ended = true;
        wake();
      },
    };
    listeners.add(listener);
    signal.addEventListener('abort', listener.end);
    listening();
    try {
      for (;;) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
        if (signal.aborted) return;
        if (state.ended) throw unreachable();
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener('abort', listener.end);
    }
  }

  return {
    about: () =>
      call('about', '', () => ({
        version: '20.10.24',
        apiVersion: '1.41',
        cgroupVersion: '1',
        storageDriver: 'memory',
        cpus: 2,
        dataRoot: '/',
      })),
    list: () => listOf(setup.cluster),
    seenBy: (cluster) => ({ list: () => listOf(cluster) }),
    inspect: (id) => call('inspect', nameOf(id), () => entries.get(id)?.container),
    stats: (id) =>
      call('stats', nameOf(id), () =>
        entries.get(id)?.container.state === 'running'
          ? { cpuMs: 1, memoryBytes: 4096, networkBytes: 0, diskBytes: 0 }
          : undefined,
      ),
    create: (name, options) => counted(() => call('create', name, () => create(name, options))),
    start: (id) => counted(() => call('start', nameOf(id), () => start(id))),
    kill: (id, signal) => call('kill', `${nameOf(id)} ${signal}`, () => kill(id, signal)),
    remove: (id) => call('remove', nameOf(id), () => remove(id)),
    exec: async (id, argv, timeoutMs) => {
      const run = await call('exec', nameOf(id), () => {
        const entry = byId(id);
        if (entry.container.state !== 'running')
          throw new EngineError('not-running', `Container ${id} is not running`);
        return { entry, runs: entry.runs, exec: `exec-${++execs}` };
      });
      const { exitCode, output, endsAfterMs = Infinity } = (setup.playCommand ?? playCommand)(argv);
      commandsUnderWay.add(run.exec);
      if (Number.isFinite(endsAfterMs))
        void clock.sleep(endsAfterMs).then(() => commandsUnderWay.delete(run.exec));
      await clock.sleep(Math.min(endsAfterMs, timeoutMs));
      if (endsAfterMs > timeoutMs) return { kind: 'running', exec: run.exec };
      if (run.entry.runs !== run.runs || run.entry.container.state !== 'running')
        return { kind: 'ended', exitCode: 137, output: '' };
      return { kind: 'ended', exitCode, output };
    },
    execRuns: (exec) => call('execRuns', exec, () => commandsUnderWay.has(exec)),
    pull: (image) =>
      call('pull', image, () => {
        if (!registry.has(reference(image)))
          throw new EngineError(
            'refused',
            `pull access denied for ${image}, repository does not exist or may require 'docker login'`,
          );
        images.set(reference(image), { checked: false });
      }),
    removeImage: (image) =>
      call('removeImage', image, () => {
        const inUse = [...entries.values()].some((one) => reference(one.options.Image) === reference(image));
        if (inUse) throw new EngineError('refused', `conflict: a container has ${image}`);
        images.delete(reference(image));
      }),
    images: () => call('images', '', () => [...images.keys()]),
    imageLayers: (image) =>
      call('imageLayers', image, () => {
        const name = reference(image);
        return images.has(name) ? { id: `sha256:${name}`, layers: [`${LAYER}:1000`] } : undefined;
      }),
    events,
    addImage: (name, traits) => images.set(reference(name), { checked: traits?.checked ?? false }),
    addToRegistry: (name) => registry.add(reference(name)),
    failNext: (kind, error, options = {}) => {
      const { times = 1, message = `told to fail: ${error}`, afterwards = false } = options;
      for (let count = 0; count < times; count++)
        failures.push({ call: kind, kind: error, message, afterwards });
    },
    forgiveFailures: () => void failures.splice(0),
    setDown: (next) => {
      down = next;
      if (down) for (const listener of listeners) listener.end();
    },
    crash: (name, exitCode = 137) => end(byName(name), exitCode),
    setHealth: (name, health, output = '') => {
      const entry = byName(name);
      change(entry, { health, healthOutput: output });
      emit(entry);
    },
    removeByHand: (name) => drop(byName(name)),
    containers: function* () {
      for (const { container } of entries.values()) yield container;
    },
    everything: () => [...entries.values()].map(({ container, options }) => ({ ...container, options })),
    calls,
    mostAtOnce: () => most,
  };
}

/** In the range of the default bridge. */
const addressOf = (index: number): string => `172.17.${Math.floor(index / 250) % 250}.${(index % 250) + 2}`;

/** As Docker completes it: no tag is `latest`. */
const reference = (image: string): string => (/[@]|:[^/]+$/.test(image) ? image : `${image}:latest`);

function refuseUnknown(name: string, options: CreateOptions): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
    throw new EngineError('refused', `Invalid container name (${name})`);
  const unknown = [
    ...Object.keys(options).filter((key) => !OPTION_KEYS.has(key)),
    ...Object.keys(options.HostConfig).filter((key) => !HOST_KEYS.has(key)),
  ];
  if (unknown.length > 0) throw new Error(`the in-memory engine does not know ${unknown.join(', ')}`);
}

function sharePort(a: CreateOptions, b: CreateOptions): boolean {
  const ports = (options: CreateOptions): string[] =>
    Object.entries(options.HostConfig.PortBindings).flatMap(([port, bindings]) =>
      bindings.map((binding) => `${binding.HostPort}/${port.split('/')[1] ?? ''}`),
    );
  return ports(a).some((port) => ports(b).includes(port));
}
