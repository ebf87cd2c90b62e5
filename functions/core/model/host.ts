/**
 * A host row: the intent to launch first, then the instance that came of it. Written by the provision loop and, at
 * registration, by the agent's route. `requested > booting > ready > draining > terminating > terminated`, or
 * `suspect` (silent: out of DNS) and `lost` (given up: replaced, then terminated), from both of which it may come back.
 */
import type { Architecture } from './cluster.ts';
import type { HostId } from './ids.ts';
import type { Offering } from './offering.ts';

export type HostState =
  'requested' | 'booting' | 'ready' | 'draining' | 'terminating' | 'terminated' | 'suspect' | 'lost';

export interface Capacity {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pids: number;
  /** Absent: not told, and then not counted. */
  readonly diskBytes?: number | undefined;
  /** Ids of graphics processors, as Docker's `DeviceIDs` take them. Absent: none. */
  readonly gpus?: readonly string[] | undefined;
}

/**
 * Frozen when the intent is written, so that a repeated launch is the same request (EC2 compares parameters by token). All
 * intents of a batch have the same: one call launches them together.
 */
export interface LaunchParameters {
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: string;
  /** The first choice; of a launched host what EC2 chose. */
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly subnetId: string;
  readonly clientToken: string;
  /** Value of the tag `berth:intent` of the batch's instances. */
  readonly batch: string;
  /** How many hosts the batch asks for. */
  readonly size: number;
  /** In the order in which EC2 is to try them. Empty once it is launched. */
  readonly offerings: readonly Offering[];
}

/** Another host, and where its witness listener answers. */
export interface Neighbour {
  readonly host: HostId;
  readonly address: string;
}

/** What is thought of a host that is not heard. By the control plane's clock. */
export interface Silence {
  /** When it was first judged so. */
  readonly sinceMs: number;
  /** Neighbours or EC2 say so too, not only its missing beats. */
  readonly witnessed: boolean;
  /** So many hosts fell silent at once that nothing is done about it: it stays as it was. */
  readonly frozen: boolean;
  /** When its tasks were given up; null: not yet. */
  readonly lostAtMs: number | null;
}

/**
 * `asked`: by an operator or EC2; the others by us. `silent-docker`: its Docker does not answer (`health/silent-docker.ts`).
 * `surplus`: the cluster could do without it, and takes it back if it cannot. `outdated`: a host of a newer template is
 * there for it.
 */
export type DrainCause = 'asked' | 'silent-docker' | 'surplus' | 'outdated';

/** Why a host is emptied; when nothing of it is left its instance is terminated. */
export interface HostDrain {
  readonly cause: DrainCause;
  readonly reason: string;
  readonly sinceMs: number;
  /** By then everything has to be off it, replaced or not; null: it takes as long as it takes. */
  readonly byMs: number | null;
}

/** The last change of a host's drain: what its audit row says (`usecases/tell-drain.ts`). */
export interface DrainChange {
  /** 1 for the first of this host. */
  readonly number: number;
  readonly atMs: number;
  /** Who wrote it: `api` for operators and EC2, `provision` for ourselves. */
  readonly by: 'api' | 'provision';
  readonly code: 'host-draining' | 'host-undrained';
  readonly message: string;
}

export interface Host {
  readonly id: HostId;
  readonly state: HostState;
  readonly reason: string;
  readonly launch: LaunchParameters;
  /** Grows when a launch is given up for good (capacity, dead token); part of the client token. */
  readonly attempt: number;
  readonly requestedAtMs: number;
  /** No launch call before this: back-off after an error. */
  readonly retryAtMs: number;
  readonly instanceId: string | null;
  /** When EC2 answered the launch, or the instance was found again. */
  readonly launchedAtMs: number | null;
  readonly address: string | null;
  readonly zone: string | null;
  readonly capacity: Capacity;
  readonly registeredAtMs: number | null;
  readonly bootId: string | null;
  readonly agentVersion: string | null;
  /** The hosts that it watches. Fewer than three: there are not more in the cluster. */
  readonly neighbours: readonly Neighbour[];
  /** Null while it is heard. */
  readonly silence: Silence | null;
  /** Null: it is meant to stay. Outlives silence, so that a host that comes back is still emptied. */
  readonly drain: HostDrain | null;
  /** Null: nobody ever drained it. */
  readonly drainChange: DrainChange | null;
  readonly pool: string;
  /** Since when the cluster could do without it; null: it is needed. */
  readonly surplusSinceMs: number | null;
  /** The outdated host that is drained as soon as this one is ready. */
  readonly replaces: HostId | null;
  readonly version: number;
}

const NEXT: Readonly<Record<HostState, readonly HostState[]>> = {
  requested: ['booting', 'ready', 'draining', 'terminating', 'terminated'],
  booting: ['ready', 'draining', 'terminating', 'terminated', 'lost'],
  ready: ['draining', 'suspect', 'lost', 'terminating', 'terminated'],
  draining: ['ready', 'suspect', 'lost', 'terminating', 'terminated'],
  suspect: ['ready', 'draining', 'lost', 'terminating', 'terminated'],
  lost: ['ready', 'draining', 'terminating', 'terminated'],
  terminating: ['terminated'],
  terminated: [],
};

/** What a host that is there and heard is. */
export const presentState = ({ drain }: Pick<Host, 'drain'>): 'ready' | 'draining' =>
  drain === null ? 'ready' : 'draining';
export const mayBecome = (from: HostState, to: HostState): boolean => NEXT[from].includes(to);
/** Hosts that are, or are about to be, there for tasks. */
export const isComing = (state: HostState): boolean => state === 'requested' || state === 'booting';
/** Known to have been there, and not on its way out: judged by its signs of life. */
export const isWatched = (state: HostState): boolean =>
  state === 'ready' || state === 'draining' || state === 'suspect' || state === 'lost';
export const isGone = (state: HostState): boolean => state === 'terminating' || state === 'terminated';
