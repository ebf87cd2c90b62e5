/**
 * The port "Docker engine": everything that the agent asks of Docker.
 *
 * Implementations: `docker-engine.ts` over the engine's socket, and the tests' in-memory twin; both are held to one
 * contract suite. Every call has a deadline and fails with an `EngineError` whose `kind` says what it means.
 */

import type { Counters } from '../metrics/group-counters.ts';
import type { ImageLayers } from '../images/layers.ts';

/** Labels that mark a container as Berth's; only containers that carry `cluster` are ever touched. */
export const LABELS = {
  cluster: 'berth.cluster',
  task: 'berth.task',
  stack: 'berth.stack',
  service: 'berth.service',
  slot: 'berth.slot',
  revision: 'berth.revision',
  spec: 'berth.spec',
} as const;

/** Deterministic, so that a create whose answer was lost is found again, and a second one is refused by Docker. */
export const containerName = (task: string): string => `berth-${task}`;

/** `paused` and `restarting` count as running: there is a process. */
export type ContainerState = 'created' | 'running' | 'exited' | 'dead' | 'removing';

/** `none`: no health check, or switched off. */
export type ContainerHealth = 'none' | 'starting' | 'healthy' | 'unhealthy';

/** One line of the container list: enough to see what changed. */
export interface ListedContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  readonly health: ContainerHealth;
}

/** A container as inspected. */
export interface Container extends ListedContainer {
  /** Of the last run; 0 when it never ran. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Docker's words when the last start failed, else ''. */
  readonly error: string;
  /** Output of the last health probe, '' when there was none. */
  readonly healthOutput: string;
  /** Docker's time of the end of the last run: differs with each run; the year 1 when it never ended. */
  readonly finishedAt: string;
  /** Docker's time of the start of the last run: differs with each run; the year 1 when there was none. */
  readonly startedAt: string;
  /** Of its first process, as the host counts; 0 while it does not run. */
  readonly pid: number;
  /** At which the host reaches it on Docker's bridge; '' while it does not run, or when it has no network. */
  readonly address: string;
  readonly stopSignal: string;
  readonly stopGraceMs: number;
}

/** Docker's own words for a new container (`POST /containers/create`), as far as Berth speaks them. */
export interface CreateOptions {
  readonly Image: string;
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  /** Whole seconds. */
  readonly StopTimeout: number;
  readonly Healthcheck?: {
    readonly Test: readonly string[];
    /** Nanoseconds, as all of these. */
    readonly Interval?: number;
    readonly Timeout?: number;
    readonly StartPeriod?: number;
    readonly StartInterval?: number;
    readonly Retries?: number;
  };
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly HostConfig: {
    readonly PortBindings: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;
    readonly RestartPolicy: { readonly Name: 'no' };
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly CapAdd: readonly string[];
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Privileged: false;
    /** Docker's default is the host's on cgroup v1. */
    readonly CgroupnsMode: 'private';
    readonly ReadonlyRootfs: boolean;
    readonly Tmpfs: Readonly<Record<string, string>>;
    readonly Init: boolean;
    readonly PidsLimit: number;
    readonly Memory?: number;
    readonly MemorySwap?: number;
    readonly MemoryReservation?: number;
    readonly NanoCpus?: number;
    readonly CpuShares: number;
    readonly Mounts?: readonly Mount[];
    readonly DeviceRequests?: readonly DeviceRequest[];
  };
}

/** Devices of the host for the container; NVIDIA's runtime brings their files and libraries in. */
export interface DeviceRequest {
  readonly Driver: 'nvidia';
  readonly DeviceIDs: readonly string[];
  /** All of one inner list have to be there. */
  readonly Capabilities: readonly (readonly string[])[];
}

/** A folder of the host inside the container; the folder must be there when the container starts. */
export interface Mount {
  readonly Type: 'bind';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

/** A command inside a container: its end, or that it still ran when the time was over (Docker cannot end it). */
export type ExecResult =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'running'; readonly exec: string };

export interface EngineFacts {
  readonly version: string;
  readonly apiVersion: string;
  readonly cgroupVersion: '1' | '2';
  readonly storageDriver: string;
  readonly cpus: number;
  /** Folder of images and containers, on whose disk they take room. */
  readonly dataRoot: string;
}

/** Something happened to one of our containers: look at it again. */
export interface ContainerEvent {
  readonly id: string;
}

export interface DockerEngine {
  about(): Promise<EngineFacts>;
  /** All containers of the cluster, in whatever state. */
  list(): Promise<readonly ListedContainer[]>;
  /** Undefined when there is no such container. */
  inspect(id: string): Promise<Container | undefined>;
  /**
   * What a container has used so far, as Docker's own statistics say; undefined when there is no such container, or it
   * does not run. It costs Docker much: for what cannot be read otherwise.
   */
  stats(id: string): Promise<Counters | undefined>;
  /** @returns the new container's id. @throws image-missing, name-taken, refused */
  create(name: string, options: CreateOptions, platform?: string): Promise<string>;
  /** Starting what runs is no error. @throws not-found, port-taken, refused */
  start(id: string): Promise<void>;
  /** Sends a signal (`SIGTERM`). @throws not-found, not-running */
  kill(id: string, signal: string): Promise<void>;
  /** Removes a container that does not run, with its anonymous volumes; gone already is no error. @throws running */
  remove(id: string): Promise<void>;
  /**
   * Runs a command in a running container, for at most so many milliseconds; the head of its output comes with it. A
   * program that is not there ends with code 126 or 127. @throws not-found, not-running, refused
   */
  exec(id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  /** Whether a command that was left running still does. One that Docker no longer knows does not. */
  execRuns(exec: string): Promise<boolean>;
  /** Resolves when the image is here. @throws refused, with the registry's words */
  pull(image: string, platform?: string): Promise<void>;
  /**
   * Takes a name off an image, and the image with its last name; gone already is no error. @throws refused while a
   * container has it
   */
  removeImage(reference: string): Promise<void>;
  /** The layers of an image; undefined when it is not here. */
  imageLayers(reference: string): Promise<ImageLayers | undefined>;
  /** References of the images on the host: `shop-web:latest`, `shop-web@sha256:...`. */
  images(): Promise<readonly string[]>;
  /**
   * Ends, health changes and removals of the cluster's containers from now on; ends or throws when the connection
   * does. `listening` is called once the engine has accepted it: what happens after that is not missed.
   */
  events(signal: AbortSignal, listening: () => void): AsyncIterable<ContainerEvent>;
}

export type EngineErrorKind =
  | 'unreachable'
  | 'timeout'
  | 'image-missing'
  | 'name-taken'
  | 'port-taken'
  | 'not-found'
  | 'not-running'
  | 'running'
  | 'refused';

/** What Docker refused, or that it did not answer (`unreachable`, `timeout`: whether it acted is then unknown). */
export class EngineError extends Error {
  readonly kind: EngineErrorKind;
  constructor(kind: EngineErrorKind, message: string) {
    super(message);
    this.name = 'EngineError';
    this.kind = kind;
  }
}

/** True when Docker gave no answer, so that nothing is known about the call's effect. */
export const noAnswer = (error: unknown): boolean =>
  error instanceof EngineError && (error.kind === 'unreachable' || error.kind === 'timeout');
