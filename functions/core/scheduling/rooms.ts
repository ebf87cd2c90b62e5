/** Room on hosts that is not free yet: kept for tasks for which others leave, or to be made for them. */
import type { Sitting } from './desk.ts';
import type { TaskNeeds } from './needs.ts';

/** Of a task that fits nowhere now. */
export interface RoomAhead {
  /** Where it waits until others have left. Null: only if no host can come for it. */
  readonly host: string | null;
  /** It is demand for a host all the same. */
  readonly asksForHost: boolean;
}

export interface Rooms {
  /** Hosts, by number, on which room is kept for it. */
  keptFor(needs: TaskNeeds): readonly number[];
  /** Whether what leaves that host makes enough room for it; then it is kept. */
  keep(needs: TaskNeeds, host: number): boolean;
  /** Why it waits for that host. */
  words(needs: TaskNeeds, host: number): string;
  /** At its turn, when no host has room. Null: none can be made, or may be. */
  make(sitting: Sitting, needs: TaskNeeds): Made | null;
}

const WAITS = 'waits for room on host';
export const roomWords = (host: string, tasks: string): string => `${WAITS} ${host}: ${tasks}`;

/** A slot's reason for who reads that it waits; `replica`: which one does, where nothing else says so. */
export function waitingWords(reason: string, replica?: string): string {
  if (reason.startsWith(WAITS)) return replica === undefined ? reason : `${replica} ${reason}`;
  return replica === undefined
    ? `waiting for a host: ${reason}`
    : `waiting for a host for ${replica}: ${reason}`;
}

export type Made =
  | { readonly kind: 'made'; readonly host: number; readonly asksForHost: boolean }
  /** It could be, and is not: a host may come, or enough was made in this pass. */
  | { readonly kind: 'possible' };

/** Nobody leaves for anybody. */
export const NO_ROOMS: Rooms = {
  keptFor: () => [],
  keep: () => false,
  words: () => '',
  make: () => null,
};
