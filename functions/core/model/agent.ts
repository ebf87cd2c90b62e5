/** Versions of the agent: which one is published, what a host is asked to run, and what was learned of versions. */
import type { Architecture } from './cluster.ts';

/** Where a version lies in S3. */
export interface AgentArchive {
  readonly bucket: string;
  readonly key: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** What the last deploy of the control plane brought along. */
export interface AgentRelease {
  readonly version: string;
  readonly archives: Readonly<Record<Architecture, AgentArchive>>;
}

/** In a host's manifest. It stays there when it is done. */
export interface WantedAgent {
  readonly version: string;
  /** Grows with each request to this host. */
  readonly request: number;
  readonly trialMs: number;
  /** Null: the host has it still. */
  readonly archive: AgentArchive | null;
  /** What it ran when it was asked, and goes back to. */
  readonly from: string;
  readonly askedAtMs: number;
}

/** What a host says of a version that it was asked for and does not run. */
export interface AgentFailure {
  readonly version: string;
  readonly request: number;
  readonly final: boolean;
  readonly reason: string;
}

export interface RefusedAgent {
  readonly version: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface AgentMemory {
  /** The version that a canary ran for the whole watch. */
  readonly proven: string | null;
  /** No host is asked for these any more; the newest last. */
  readonly refused: readonly RefusedAgent[];
  readonly version: number;
}

export const NOTHING_LEARNED: AgentMemory = { proven: null, refused: [], version: 0 };
/** So many refused versions are remembered: more than anybody publishes before looking. */
export const REFUSED_MAX = 10;
