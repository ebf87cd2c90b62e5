/**
 * Every port: what use-cases need of the world, in the words of the domain. Adapters implement them over AWS, the test
 * support in memory; one contract suite per port runs over both.
 *
 * Reads are strongly consistent. Writes are conditional on the version that was read (0: "must not exist yet") and
 * return nothing: the stored version is then `expected + 1`. A lost race throws ConflictError, an overload ThrottledError.
 */
import type { StackSpec } from '../../contract/stack-spec.ts';
import type { AgentMemory } from '../core/model/agent.ts';
import type { ClusterSettings, SettingsChange } from '../core/model/cluster.ts';
import type { ScalePoint, ServiceScale } from '../core/model/autoscale.ts';
import type { Decision } from '../core/model/decision.ts';
import type {
  Directory,
  DirectoryHead,
  DirectoryName,
  RecordChange,
  RecordSet,
} from '../core/model/directory.ts';
import type { KnownType } from '../core/hosts/offerings.ts';
import type { Host, LaunchParameters } from '../core/model/host.ts';
import type { HostId } from '../core/model/ids.ts';
import type { InstanceView, LaunchOutcome } from '../core/model/instance.ts';
import type { OfferingMemory, Subnet } from '../core/model/offering.ts';
import type { PriceMemory, PriceSource } from '../core/model/price.ts';
import type { HostSocket } from '../core/model/socket.ts';
import type { ServiceState, StackHead } from '../core/model/stack.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';
import type { Sweep } from '../core/model/sweep.ts';
import type { HostLease, HostManifest, HostReport } from '../core/model/task.ts';

/** A revision as stored: immutable. `digests` by service. */
export interface StoredRevision {
  readonly stack: string;
  readonly number: number;
  readonly spec: StackSpec;
  readonly digests: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

export interface StoredCluster {
  readonly settings: ClusterSettings;
  /** Null: nobody changed them yet. */
  readonly change: SettingsChange | null;
  /** 0 when nobody changed the defaults yet. */
  readonly version: number;
}

export interface ClusterStore {
  /** The stored settings, or the defaults. */
  load(): Promise<StoredCluster>;
  put(settings: ClusterSettings, change: SettingsChange | null, expectedVersion: number): Promise<void>;
}

export interface StackStore {
  /** `left` takes the rows that cannot be read; without it the first of them is thrown. The same for every list below. */
  list(left?: UnreadableRow[]): Promise<readonly StackHead[]>;
  get(stack: string): Promise<StackHead | null>;
  /** Writes `head` with version `expectedVersion + 1`, whatever `head.version` says. The same for every `put` below. */
  put(head: StackHead, expectedVersion: number): Promise<void>;
  remove(stack: string, expectedVersion: number): Promise<void>;
  /** Throws ConflictError when that number exists with another digest; the same content again is fine. */
  createRevision(revision: StoredRevision): Promise<void>;
  getRevision(stack: string, number: number): Promise<StoredRevision | null>;
  /** Highest number ever given to a revision of the stack, also of one that was removed since; 0: none. */
  latestRevision(stack: string): Promise<number>;
  listServices(left?: UnreadableRow[]): Promise<readonly ServiceState[]>;
  putService(state: ServiceState, expectedVersion: number): Promise<void>;
  removeService(stack: string, service: string, expectedVersion: number): Promise<void>;
}

/** The autoscaler's rows. Written by the tick (replicas, memory) and by the API (bounds set by hand). */
export interface ScaleStore {
  list(left?: UnreadableRow[]): Promise<readonly ServiceScale[]>;
  get(stack: string, service: string): Promise<ServiceScale | null>;
  put(scale: ServiceScale, expectedVersion: number): Promise<void>;
  remove(stack: string, service: string, expectedVersion: number): Promise<void>;
}

/** What was wanted of a service, and why, over time; kept for 14 days. */
export interface Timeline {
  /** One of the same millisecond takes the place of the one before. */
  append(point: ScalePoint): Promise<void>;
  /** Oldest first, from `sinceMs` on; the newest `limit` ones. */
  list(query: {
    readonly stack: string;
    readonly service: string;
    readonly sinceMs: number;
    readonly limit: number;
  }): Promise<readonly ScalePoint[]>;
}

/** What graphs show: one moment of something that is named by its dimensions. */
export interface GraphPoint {
  readonly atMs: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: readonly GraphValue[];
}

export interface GraphValue {
  readonly name: string;
  readonly unit: 'None' | 'Bytes' | 'Percent';
  /** Of several of the same at that moment, such as the replicas of a service. */
  readonly values: readonly number[];
}

/** For people's eyes: nothing is decided by what is published, and nobody waits for it. */
export interface Graphs {
  publish(points: readonly GraphPoint[]): void;
}

export interface HostStore {
  /** `left`: as in StackStore. */
  listHosts(left?: UnreadableRow[]): Promise<readonly Host[]>;
  listManifests(left?: UnreadableRow[]): Promise<readonly HostManifest[]>;
  listReports(left?: UnreadableRow[]): Promise<readonly HostReport[]>;
  listLeases(left?: UnreadableRow[]): Promise<readonly HostLease[]>;
  getHost(id: HostId): Promise<Host | null>;
  getManifest(id: HostId): Promise<HostManifest | null>;
  getReport(id: HostId): Promise<HostReport | null>;
  putHost(host: Host, expectedVersion: number): Promise<void>;
  putManifest(manifest: HostManifest, expectedVersion: number): Promise<void>;
  /** Only if none is stored, or its (bootId, seq) is older: same boot and smaller seq, or another boot. */
  putReport(report: HostReport, expectedVersion: number): Promise<void>;
  /** Only if none is stored, or its (bootId, seq) is older: a repeated beat throws ConflictError and changes nothing. */
  putLease(lease: HostLease): Promise<void>;
  /** Host, manifest, report and lease rows of a terminated host, with a version check on the host row. */
  removeHost(id: HostId, expectedVersion: number): Promise<void>;
}

/** What was learned of versions of the agent. Written by reconcile alone. */
export interface AgentMemoryStore {
  /** `NOTHING_LEARNED` when there is none. */
  load(): Promise<AgentMemory>;
  put(memory: AgentMemory, expectedVersion: number): Promise<void>;
}

/** What EC2 or the account had none of. Written by provision alone. */
export interface OfferingStore {
  /** `NOTHING_SHORT` when there is none. */
  load(): Promise<OfferingMemory>;
  put(memory: OfferingMemory, expectedVersion: number): Promise<void>;
}

/** What AWS told of prices. Written by provision alone. */
export interface PriceStore {
  /** `NOTHING_TOLD` when there is none. */
  load(): Promise<PriceMemory>;
  put(memory: PriceMemory, expectedVersion: number): Promise<void>;
}

/** AWS's price list: on demand, Linux, shared tenancy, in the cluster's region. */
export interface PriceList {
  /** USD an hour; null: it has no such type. Whatever keeps it from an answer is thrown, within seconds. */
  perHour(instanceType: string): Promise<number | null>;
}

/** Whom prices are asked of; without a list nobody is asked. */
export type Pricing =
  | { readonly source: 'pricing-api'; readonly list: PriceList }
  | { readonly source: Exclude<PriceSource, 'pricing-api'> };

export interface SweepStore {
  /** `NEVER_SWEPT` when there is none. */
  load(): Promise<Sweep>;
  /** Only if the stored one is older; else ConflictError. */
  note(sweep: Sweep): Promise<void>;
}

/**
 * Which connection is whose. Written by the doorbell's function alone, but for forgetting: whoever finds a connection
 * gone may say so. A lost or stale row costs a ring, never more.
 */
export interface SocketStore {
  /** Consistent: what `put` stored before is found. */
  get(host: HostId): Promise<HostSocket | null>;
  /** Takes the place of an older connection of the host; throws ConflictError when a newer one is stored. */
  put(socket: HostSocket): Promise<void>;
  /** Only if it is still the host's connection; otherwise nothing changes. */
  forget(host: HostId, connection: string): Promise<void>;
  /** Null: of nobody that we know. */
  hostOf(connection: string): Promise<HostId | null>;
}

/** Tells an agent that its manifest changed. */
export interface Doorbell {
  /**
   * Resolves within about a second. `rung`: API Gateway has the message (whether the agent hears it is not known);
   * `gone`: no such connection (any more). Throttled or unknown errors are thrown.
   */
  ring(connection: string, generation: number): Promise<'rung' | 'gone'>;
  /** Answers a hello, the way rings go, so that the answer proves that way. Otherwise as `ring`. */
  answer(connection: string, known: boolean): Promise<'rung' | 'gone'>;
}

export interface DirectoryStore {
  /** `left` takes the rows that cannot be read; the head is then `UNKNOWN_HEAD`. Without it the first is thrown. */
  load(left?: UnreadableRow[]): Promise<Directory>;
  putHead(head: DirectoryHead, expectedVersion: number): Promise<void>;
  putName(name: DirectoryName, expectedVersion: number): Promise<void>;
  removeName(owner: string, expectedVersion: number): Promise<void>;
}

/** One decision as stored. `id` sorts by time. */
export interface StoredDecision extends Decision {
  readonly id: string;
  readonly atMs: number;
  readonly by: string;
}

export interface DecisionLog {
  append(decisions: readonly StoredDecision[]): Promise<void>;
  /** Oldest first. `after`: id to read on from. Without it: the newest `limit` ones. */
  list(query: {
    readonly stack?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly StoredDecision[]>;
}

export type LoopName = 'reconcile' | 'register' | 'provision';

/** Single flight of a loop: conditional put with a short expiry and a fencing number. */
export interface LoopLeases {
  /** The fencing number, or null when somebody else holds it: then their "again" flag is set for this wake. */
  acquire(loop: LoopName, owner: string, nowMs: number, ttlMs: number): Promise<number | null>;
  /**
   * Clears and returns the "again" flag and extends the lease; null: the lease was lost.
   * The caller that gets `true` runs once more.
   */
  renew(
    loop: LoopName,
    owner: string,
    nowMs: number,
    ttlMs: number,
  ): Promise<{ readonly again: boolean } | null>;
  /** Gives the lease up; refused (false) when a wake came meanwhile: then run once more first. */
  release(loop: LoopName, owner: string): Promise<boolean>;
}

/** Wakes carry no facts: losing or doubling one changes nothing but the time at which a loop looks. */
export interface Wakes {
  reconcile(why: string, delaySeconds?: number): Promise<void>;
  register(why: string): Promise<void>;
  provision(why: string): Promise<void>;
  tick(second: 15 | 30 | 45): Promise<void>;
}

export type { InstanceView, LaunchOutcome };

export interface HostLauncher {
  /** The batch of these parameters. Never throws for an answer of EC2: unknown errors are `unknown`. */
  launch(parameters: LaunchParameters): Promise<LaunchOutcome>;
  /** Tells an instance which host it is: its agent reads it there. False: EC2 does not show the instance yet. */
  name(instanceId: string, host: HostId): Promise<boolean>;
  /** All instances of this cluster (tag `berth:cluster`), all zones, all pages, terminated ones included. */
  list(): Promise<readonly InstanceView[]>;
  /** Those of these instances that run and fail EC2's own checks. One that EC2 does not show is none of them. */
  impaired(instanceIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** True once EC2 accepted it or the instance is already gone; false: somebody protected it by hand. Throttled: throws. */
  terminate(instanceId: string): Promise<boolean>;
  /** vCPUs x 1000, and bytes; null: EC2 knows no such type. */
  sizeOf(instanceType: string): Promise<KnownType | null>;
  /** Names of the security groups that have launch templates of their own. */
  readonly securityGroups: readonly string[];
  /** Frozen into the intent: the newest version of the template of these groups. Throws for a name that it does not know. */
  launchTemplate(
    architecture: 'x86_64' | 'arm64',
    securityGroups?: string,
  ): Promise<{
    readonly launchTemplateId: string;
    readonly launchTemplateVersion: string;
  }>;
  /** Those that hosts may be launched in. */
  subnets(): Promise<readonly Subnet[]>;
}

export type ApplyOutcome =
  | { readonly kind: 'accepted'; readonly changeId: string }
  /** The fence or an exact-match DELETE did not hold: somebody else wrote. Nothing of the batch was applied. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** The zone takes no more record sets, and that was all that was wrong. Nothing of the batch was applied. */
  | { readonly kind: 'full'; readonly message: string }
  | { readonly kind: 'throttled'; readonly message: string };

/** The zone in Route 53. One atomic batch per call. */
export interface ServiceDirectory {
  apply(changes: readonly RecordChange[], comment: string): Promise<ApplyOutcome>;
  /** Throws NotFoundError for a change that Route 53 does not know (any more). */
  isInSync(changeId: string): Promise<boolean>;
  /** Every record set of the zone, NS excepted; all pages. */
  list(): Promise<readonly RecordSet[]>;
}

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export interface Ids {
  /** Unpredictable seed of one pass, and of every id minted in it. */
  seed(): string;
  /** Sorts by time: `<ms base36, 9 chars>-<random>`. */
  ulid(nowMs: number): string;
  /** `sha256:` and 64 hex digits of the UTF-8 text. */
  digest(text: string): string;
}
