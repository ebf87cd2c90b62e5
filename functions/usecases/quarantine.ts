/**
 * Names whose records Route 53 refuses for a reason of their own (somebody else's CNAME, a value that it does not take),
 * so that they hold up nobody else, and whether the zone takes more at all. Kept by the process: a new one finds out again,
 * with a few requests.
 */
import type { Clock } from './ports.ts';

export interface Quarantine {
  /** It waits for its time. */
  isHeld(owner: string): boolean;
  /** It was refused when it was tried last. */
  wasHeld(owner: string): boolean;
  /** A batch of these was rejected. @returns whether each of them was in a rejected one before, and none accepted since */
  rejected(owners: readonly string[]): boolean;
  accepted(owners: readonly string[]): void;
  /** @returns until when, in ms since 1970 */
  hold(owner: string): number;
  /** The zone took no more record sets. Believed for `HOLD_MS.last`. @returns whether that was believed already */
  foundFull(): boolean;
  isFull(): boolean;
}

/** The first wait; it doubles with each refusal, up to the last. */
export const HOLD_MS = { first: 60_000, last: 900_000 } as const;

export function quarantine(clock: Clock): Quarantine {
  const suspects = new Set<string>();
  const held = new Map<string, { readonly untilMs: number; readonly waitMs: number }>();
  let fullUntilMs = -Infinity;
  const isFull = (): boolean => fullUntilMs > clock.nowMs();
  return {
    isFull,
    foundFull: () => {
      const was = isFull();
      fullUntilMs = clock.nowMs() + HOLD_MS.last;
      return was;
    },
    isHeld: (owner) => (held.get(owner)?.untilMs ?? 0) > clock.nowMs(),
    wasHeld: (owner) => held.has(owner),
    rejected: (owners) => {
      const all = owners.every((owner) => suspects.has(owner));
      for (const owner of owners) suspects.add(owner);
      return all;
    },
    accepted: (owners) => {
      for (const owner of owners) {
        suspects.delete(owner);
        held.delete(owner);
      }
    },
    hold: (owner) => {
      const waitMs = Math.min(HOLD_MS.last, 2 * (held.get(owner)?.waitMs ?? HOLD_MS.first / 2));
      const untilMs = clock.nowMs() + waitMs;
      held.set(owner, { untilMs, waitMs });
      return untilMs;
    },
  };
}
