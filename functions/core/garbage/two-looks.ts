/**
 * Nothing is deleted on one look: what is found for the first time is only marked, and goes when a later look, some time
 * after and at everything anew, still finds it. At most a tenth goes at once, so that an error of ours is seen before it
 * has cost everything.
 *
 * Marks need no storage: one that is lost with the process delays a deletion by one look.
 */
export interface Mark {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}
export type Marks = ReadonlyMap<string, Mark>;

export const NO_MARKS: Marks = new Map();

/** Two looks that are one tick apart see two readings of EC2 and of Route 53, not the same one twice. */
export const LOOK_APART_MS = 15_000;
/** A mark that nobody confirmed for so long says nothing any more: another process may have seen otherwise since. */
export const MARK_KEPT_MS = 900_000;

export interface Verdict<Found> {
  /** To be handed in at the next look. */
  readonly marks: Marks;
  /** To be deleted now, oldest mark first. */
  readonly due: readonly Found[];
  /** When to look again; null: nothing is marked. */
  readonly lookAtMs: number | null;
}

/** How much may go at once, of so many that there are. */
export const mostAtOnce = (total: number): number => Math.max(1, Math.floor(total / 10));

/** `total`: of the kind, wanted ones included. Of equal keys the last counts. */
export function lookTwice<Found extends { readonly key: string }>(
  found: readonly Found[],
  before: Marks,
  at: { readonly total: number; readonly nowMs: number },
): Verdict<Found> {
  const { nowMs } = at;
  const marks = new Map<string, Mark>();
  for (const { key } of found) {
    const known = before.get(key);
    const holds = known !== undefined && nowMs - known.lastAtMs <= MARK_KEPT_MS;
    marks.set(key, { firstAtMs: holds ? known.firstAtMs : nowMs, lastAtMs: nowMs });
  }
  const since = (one: Found): number => marks.get(one.key)?.firstAtMs ?? nowMs;
  const due = found
    .filter((one) => nowMs - since(one) >= LOOK_APART_MS)
    .sort((a, b) => since(a) - since(b) || (a.key < b.key ? -1 : 1))
    .slice(0, mostAtOnce(at.total));
  for (const { key } of due) marks.delete(key);
  // Those over the cap wait as long again, or passes in quick succession would have no cap at all.
  for (const [key, { firstAtMs }] of marks)
    if (nowMs - firstAtMs >= LOOK_APART_MS) marks.set(key, { firstAtMs: nowMs, lastAtMs: nowMs });
  const rest = [...marks.values()].map(({ firstAtMs }) => firstAtMs + LOOK_APART_MS);
  return { marks, due, lookAtMs: rest.length === 0 ? null : Math.min(...rest) };
}
