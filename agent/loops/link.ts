/**
 * How it stands between this agent and the control plane: who this host is, whether the control plane answers, and the
 * pace it set. Shared by the loops that talk to it.
 */
export interface Link {
  /** Berth's id of this host. */
  readonly host: string;
  readonly bootId: string;
  /** Folder of Docker's images and containers. */
  readonly dataRoot: string;
  /** A manifest was received or confirmed since the start, and the last poll was answered. */
  online: boolean;
  pollMs: number;
  beatMs: number;
  /** Sequence number of the last report that the control plane took. */
  reportedSeq: number;
  /** What the control plane's replies say the manifest's generation is. */
  announcedGeneration: number;
}

/** Sequence numbers follow the clock, so that they grow even if the state file is lost. */
export const nextSeq = (last: number, nowMs: number): number => Math.max(last + 1, nowMs);
