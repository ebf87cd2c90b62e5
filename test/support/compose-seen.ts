/** What can be seen of a deployed service, and cases that say what must be. */

/** The parts of `docker inspect` that the expectations read. */
export interface InspectedContainer {
  readonly Config: {
    readonly Image: string;
    readonly Cmd: readonly string[] | null;
    readonly Entrypoint: readonly string[] | null;
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
    readonly User: string;
    readonly WorkingDir: string;
    readonly StopSignal?: string;
    readonly StopTimeout?: number;
    readonly Healthcheck?: {
      readonly Test?: readonly string[];
      readonly Interval?: number;
      readonly Timeout?: number;
      readonly StartPeriod?: number;
      readonly Retries?: number;
    };
  };
  readonly HostConfig: {
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostPort: string }[]>> | null;
    readonly ReadonlyRootfs: boolean;
    readonly Tmpfs?: Readonly<Record<string, string>> | null;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly Init?: boolean | null;
    readonly NanoCpus: number;
    readonly Memory: number;
    readonly MemoryReservation: number;
    readonly CpuShares: number;
    readonly PidsLimit: number | null;
  };
}

/** What is seen of one service of a stack, once it runs. */
export interface Seen {
  /** `docker inspect` of each of its containers, stopped ones included. */
  readonly containers: readonly InspectedContainer[];
  /** Its rows of `berth ps --json` (or of the API's list of replicas). */
  readonly replicas: readonly {
    readonly replica: string;
    readonly phase: string;
    readonly attempt?: number;
    readonly ports: readonly { readonly name: string; readonly container: number; readonly host: number }[];
  }[];
}

export interface HonouredCase {
  /** Path in the support table. */
  readonly path: string;
  /** The service, but for its image. */
  readonly service: Readonly<Record<string, unknown>>;
  /** Properties of the document besides its name and services. */
  readonly document?: Readonly<Record<string, unknown>>;
  /** The stack's name, if that is what it is about. */
  readonly name?: string;
  /** What the property does not change says why; absent: the spec differs from that of the bare service. */
  readonly noEffect?: string;
  /** Why `docker inspect` shows nothing of it; then all that is seen is that it runs. */
  readonly unseen?: string;
  /** Does not become healthy and stay so: look at it while it runs, until `expect` holds. */
  readonly unsettled?: true;
  /** Pairs of what is seen and what must be; to be asked again until they agree or a deadline passes. */
  readonly expect: (seen: Seen) => readonly (readonly [seen: unknown, wanted: unknown])[];
}
