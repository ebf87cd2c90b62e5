import type { BeatReply } from '../../contract/agent-protocol.ts';

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
  /** The pace of polls while `socketAlive`. */
  socketPollMs: number;
  beatMs: number;
  /** The doorbell is proven to work: a newer manifest is told at once. */
  socketAlive: boolean;
  /** Sequence number of the last report that the control plane took. */
  reportedSeq: number;
  /** What the control plane's replies say the manifest's generation is. */
  announcedGeneration: number;
}

/** The pace of polls as it is now. */
export const pollPaceMs = (link: Link): number => (link.socketAlive ? link.socketPollMs : link.pollMs);

/** Follows the pace that a reply or a manifest sets; older control planes know nothing of sockets. */
export function setPace(link: Link, pace: Pick<BeatReply, 'pollMs' | 'socketPollMs' | 'beatMs'>): void {
  link.pollMs = pace.pollMs;
  link.beatMs = pace.beatMs;
  link.socketPollMs = pace.socketPollMs ?? pace.pollMs;
}

/** Sequence numbers follow the clock, so that they grow even if the state file is lost. */
export const nextSeq = (last: number, nowMs: number): number => Math.max(last + 1, nowMs);
