/**
 * What the autoscaler remembers of its looks: just enough for the least that was asked for in one window and the most in
 * another. A gap in the looks forgets everything, so what nobody saw counts for nothing.
 *
 * `proposals[0]` is the look since which there was no gap, however old; the others are those that no later look makes
 * needless: at most two for each number of replicas, whatever the length of the windows.
 */
import type { AutoscaleMemory, Proposal } from '../model/autoscale.ts';

/** Looks come each 15 s; one may be lost. Longer, and the windows begin anew. */
export const LOOK_GAP_MAX_MS = 40_000;
/** Looks come a little early or late: so much does a window not wait for. */
export const LOOK_SLACK_MS = 2_000;

export interface Windows {
  readonly windowOutMs: number;
  readonly stabilizationInMs: number;
}

/** The memory with this look; looked at twice at the same time, the first counts. Times to come are taken for now. */
export function remember(
  memory: AutoscaleMemory,
  replicas: number,
  windows: Windows,
  nowMs: number,
): AutoscaleMemory {
  const past = memory.proposals.filter(({ atMs }) => atMs <= nowMs);
  const last = past.at(-1);
  const unbroken = last !== undefined && nowMs - last.atMs <= LOOK_GAP_MAX_MS ? past : [];
  const looks = last?.atMs === nowMs ? past : [...unbroken, { atMs: nowMs, replicas }];
  return {
    proposals: needed(looks, windows, nowMs),
    lastOutAtMs: notAfter(memory.lastOutAtMs, nowMs),
    lastInAtMs: notAfter(memory.lastInAtMs, nowMs),
  };
}

const notAfter = (atMs: number | null, nowMs: number): number | null =>
  atMs === null ? null : Math.min(atMs, nowMs);

function needed(looks: readonly Proposal[], windows: Windows, nowMs: number): readonly Proposal[] {
  const kept: Proposal[] = [];
  let [most, least] = [-Infinity, Infinity];
  for (const [index, look] of [...looks.entries()].reverse()) {
    const isMost = look.atMs >= nowMs - windows.stabilizationInMs && look.replicas > most;
    const isLeast = look.atMs >= nowMs - windows.windowOutMs && look.replicas < least;
    if (isMost || isLeast || index === 0) kept.push(look);
    most = Math.max(most, look.replicas);
    least = Math.min(least, look.replicas);
  }
  return kept.reverse();
}

/** How long the looks have come without a gap. */
export const watchedMs = (memory: AutoscaleMemory, nowMs: number): number =>
  nowMs - (memory.proposals[0]?.atMs ?? nowMs);

/** The least that was asked for in the window; null: it was not watched that long. */
export const leastWithin = (memory: AutoscaleMemory, windowMs: number, nowMs: number): number | null =>
  within(memory, windowMs, nowMs, Math.min);

/** The most that was asked for in the window; null: it was not watched that long. */
export const mostWithin = (memory: AutoscaleMemory, windowMs: number, nowMs: number): number | null =>
  within(memory, windowMs, nowMs, Math.max);

function within(
  memory: AutoscaleMemory,
  windowMs: number,
  nowMs: number,
  pick: (...values: number[]) => number,
): number | null {
  if (memory.proposals.length === 0 || watchedMs(memory, nowMs) < windowMs - LOOK_SLACK_MS) return null;
  const seen = memory.proposals.filter(({ atMs }) => atMs >= nowMs - windowMs);
  return pick(...seen.map(({ replicas }) => replicas));
}
