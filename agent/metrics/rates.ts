/** Two readings of counters become what was used in between: pure. */
import type { TaskUsage } from '../../contract/agent-protocol.ts';
import type { Counters } from './group-counters.ts';

export interface Reading {
  readonly atMs: number;
  readonly counters: Counters;
}

export type Rates = Pick<
  TaskUsage,
  | 'cpuMillis'
  | 'memoryBytes'
  | 'networkBytesPerSecond'
  | 'diskBytesPerSecond'
  | 'cpuPressurePercent'
  | 'memoryPressurePercent'
>;

/** Shorter times are taken for this: a burst of a moment is no rate. */
export const SHORTEST_MS = 1000;

/**
 * Counters that went back have begun anew, so that only what they show now was used; nobody uses more than `cpus`.
 * @param before absent: from `sinceMs` on, and no other rate than that of the CPU
 */
export function ratesOf(
  before: Reading | { readonly atMs: number },
  { atMs, counters }: Reading,
  cpus: number,
): Rates {
  const ms = Math.max(SHORTEST_MS, atMs - before.atMs);
  const last = 'counters' in before ? before.counters : undefined;
  const grown = (now: number | undefined, then: number | undefined): number | undefined => {
    if (now === undefined || (last !== undefined && then === undefined)) return undefined;
    return now >= (then ?? 0) ? now - (then ?? 0) : now;
  };
  const perSecond = (what: 'networkBytes' | 'diskBytes'): number | undefined => {
    const bytes = last && grown(counters[what], last[what]);
    return bytes === undefined ? undefined : Math.round((bytes * 1000) / ms);
  };
  const percent = (what: 'cpuPressureMs' | 'memoryPressureMs'): number | undefined => {
    const waited = last && grown(counters[what], last[what]);
    return waited === undefined ? undefined : Math.min(100, Math.round((waited * 1000) / ms) / 10);
  };
  const used = grown(counters.cpuMs, last?.cpuMs) ?? 0;
  return {
    cpuMillis: Math.min(cpus * 1000, Math.round((used * 1000) / ms)),
    memoryBytes: counters.memoryBytes,
    ...told({
      networkBytesPerSecond: perSecond('networkBytes'),
      diskBytesPerSecond: perSecond('diskBytes'),
      cpuPressurePercent: percent('cpuPressureMs'),
      memoryPressurePercent: percent('memoryPressureMs'),
    }),
  };
}

/** Without what is undefined: on the wire that is left out. */
export function told<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
