/**
 * Wakes for what falls due. Each pass before that time sees the same one: a sandbox sends one message for it. Should that
 * one be lost, the next tick finds the work.
 */

/** Sooner than the next tick is worth a wake of its own. */
const TICK_MS = 15_000;

/** Sends a wake for that time, unless the tick comes before it, or one is on its way that comes as soon. */
export type LaterLook = (dueAtMs: number, nowMs: number) => Promise<void>;

/** @param send wakes after so many seconds */
export function laterLook(send: (seconds: number) => Promise<void>): LaterLook {
  let comesAtMs = -Infinity;
  return async (dueAtMs, nowMs) => {
    if (dueAtMs - nowMs >= TICK_MS) return;
    const seconds = Math.max(1, Math.ceil((dueAtMs - nowMs) / 1000));
    const atMs = nowMs + seconds * 1000;
    if (comesAtMs > nowMs && comesAtMs >= dueAtMs && comesAtMs <= atMs) return;
    await send(seconds);
    comesAtMs = atMs;
  };
}
