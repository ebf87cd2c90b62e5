/**
 * When the control plane itself last looked at its hosts. After a gap nobody could have been heard, so every lease
 * starts afresh: silence is only silence while somebody listens (Nomad gives 300 s after a change of leader).
 */
export interface Sweep {
  readonly sweptAtMs: number;
  /** Leases count as at least this fresh. */
  readonly freshFromMs: number;
}

/** Nobody has looked yet. */
export const NEVER_SWEPT: Sweep = { sweptAtMs: 0, freshFromMs: 0 };

/** The minute rule alone sweeps every 60 s, give or take; a longer pause is one of our own. */
export const SWEEP_GAP_MS = 90_000;
/** A sweep is noted again after this long: half as many writes, and still well within the gap. */
export const SWEEP_NOTE_MS = 30_000;

/** Since when silence counts. */
export const freshFrom = ({ sweptAtMs, freshFromMs }: Sweep, nowMs: number): number =>
  nowMs - sweptAtMs > SWEEP_GAP_MS ? nowMs : freshFromMs;

/** The note of a sweep now; null: the last one is recent enough. */
export const noteSweep = (sweep: Sweep, nowMs: number): Sweep | null =>
  nowMs - sweep.sweptAtMs < SWEEP_NOTE_MS ? null : { sweptAtMs: nowMs, freshFromMs: freshFrom(sweep, nowMs) };
