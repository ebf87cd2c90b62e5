/** One way of bringing N equal containers up on one host. */
export interface Contender {
  readonly name: string;
  /** Makes ready what is not measured. */
  prepare(): Promise<void>;
  /** Asks for `count` containers. Resolves when whoever was asked knows that all of them run. */
  start(count: number): Promise<Asked>;
  /** Takes everything away again. */
  clear(): Promise<void>;
}

export interface Asked {
  /** When it was asked for; milliseconds since 1970. */
  readonly askedAt: number;
  /** When it was known, by the one who was asked, that all run and are healthy. */
  readonly knownAt: number;
  /** Moments on the way, by name; only Berth tells them. */
  readonly moments?: Readonly<Record<string, number>>;
}

/** What each container is, for all contenders alike. */
export const CONTAINER = {
  image: 'bench-idle',
  port: 8080,
  pids: 64,
  cpuMillis: 10,
  memoryBytes: 8 * 1024 * 1024,
  /** PID 1 ignores SIGTERM unless it says otherwise; taking things away is not measured. */
  stopSignal: 'SIGKILL',
} as const;

export const START_TIMEOUT_MS = 120_000;
