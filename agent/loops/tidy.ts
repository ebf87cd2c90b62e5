/**
 * Gives the memory of a burst back. Starting containers leaves garbage that V8 would keep until it needs the room, and code
 * that is not run again; an agent at rest never needs it.
 *
 * In: `used` after each piece of work. Out: `freeMemory`, once, when nothing was done for QUIET_MS.
 */
import type { Clock } from '../clock.ts';
import { createAlarm } from './alarm.ts';

/** Longer than the pauses within a deploy. */
export const QUIET_MS = 15_000;

export interface Tidy {
  used(): void;
}

export function createTidy(clock: Clock, freeMemory: () => void): Tidy {
  const alarm = createAlarm(clock, freeMemory);
  return { used: () => alarm.set(clock.now() + QUIET_MS) };
}
