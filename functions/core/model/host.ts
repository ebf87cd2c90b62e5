/**
 * A host row: the intent to launch first, then the instance that came of it. Written by the provision loop and, at
 * registration, by the agent's route. `requested > booting > ready > draining > terminating > terminated`, or
 * `suspect` (silent: out of DNS) and `lost` (given up: replaced, then terminated), from both of which it may come back.
 */
import type { Architecture } from './cluster.ts';
import type { HostId } from './ids.ts';

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

/** Frozen when the intent is written, so that a repeated launch is the same request (EC2 compares parameters by token). */
export interface LaunchParameters {
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: string;
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly subnetId: string;
  readonly clientToken: string;
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

/** Why a host is emptied; when nothing of it is left its instance is terminated. */
export interface HostDrain {
  readonly reason: string;
  readonly sinceMs: number;
  /** By then everything has to be off it, replaced or not; null: it takes as long as it takes. */
  readonly byMs: number | null;
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
  /** When RunInstances answered, or the instance was found again. */
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
