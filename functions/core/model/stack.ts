import type { HostId } from './ids.ts';

/** A stack's head: which revision is wanted, or that it shall go. Written by the API alone. */
export interface StackHead {
  readonly name: string;
  readonly wanted: 'present' | 'absent';
  readonly revision: number;
  readonly digest: string;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
  readonly version: number;
}

export type RolloutState = 'progressing' | 'converged' | 'failed' | 'removing';

/** Memory of one slot between its tasks. */
export interface SlotMemory {
  /** Tasks of this slot that failed in a row at the same digest. */
  readonly failures: number;
  /** No new task before this. */
  readonly retryAtMs: number;
  /** Why the slot has no task, or why its last one failed. */
  readonly reason: string;
  /** Where its last one failed. Absent: it did not, or was not noted. */
  readonly host?: HostId | undefined;
}

/** A service as the reconcile loop sees it; written by that loop alone. */
export interface ServiceState {
  readonly stack: string;
  readonly service: string;
  readonly revision: number;
  readonly digest: string;
  readonly replicas: number;
  /** Who decides about `replicas`, and between which; absent: the document says it. */
  readonly scaling?: { readonly by: 'hand' | 'autoscaler'; readonly min: number; readonly max: number };
  readonly state: RolloutState;
  readonly reason: string;
  /** The progress clock: when the revision, its replicas or `reached` changed last, or it was converged no more. */
  readonly progressAtMs: number;
  /**
   * The most that running and healthy replicas together have come to since then: a replica that falls and comes back
   * makes no progress. Absent in rows of older versions.
   */
  readonly reached?: number;
  readonly running: number;
  readonly healthy: number;
  /** By slot number; only slots that have something to remember. */
  readonly slots: Readonly<Record<string, SlotMemory>>;
  readonly version: number;
}
