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

/**
 * The note of a host's first registration, which is a look at the only host there is when nobody has looked for long; null:
 * somebody looks. Registrations of hosts that were there before make none: after an outage they come first, and the other
 * hosts have their time from the first look at all of them.
 */
export const firstSweep = (sweep: Sweep, nowMs: number): Sweep | null =>
  nowMs - sweep.sweptAtMs > SWEEP_GAP_MS ? { sweptAtMs: nowMs, freshFromMs: nowMs } : null;
