/**
 * What holds while the settings cannot be read and nobody remembers them: the defaults, but nothing is launched, nothing is
 * given up for time, and no record changes for its TTL alone. What runs goes on, dead hosts leave DNS and are replaced on
 * those that are there.
 */
import { DEFAULT_SETTINGS, type ClusterSettings } from './cluster.ts';
import type { DirectoryHead } from './directory.ts';
import type { UnreadableRow } from './unreadable.ts';

/** Longer than anybody leaves a row unreadable, and still a time that a calendar has. */
const NOT_NOW_MS = 365 * 86_400_000;

export const CAREFUL_SETTINGS: ClusterSettings = {
  ...DEFAULT_SETTINGS,
  pool: { ...DEFAULT_SETTINGS.pool, hostsMax: 0 },
  registrationDeadlineMs: NOT_NOW_MS,
  progressDeadlineMs: NOT_NOW_MS,
  terminateLostAfterMs: NOT_NOW_MS,
  garbageAgeMs: NOT_NOW_MS,
  surplusAfterMs: NOT_NOW_MS,
  outdatedHosts: 'keep',
};

/**
 * As far as they depend on what was applied to the zone: those that nobody knows have the TTL that it was given last, and
 * while its head cannot be read no drain goes on without DNS, as none can bring a replacement into it.
 */
export function besideDirectory(
  settings: ClusterSettings,
  { soaTtlSeconds }: DirectoryHead,
  rows: readonly UnreadableRow[],
): ClusterSettings {
  const patient = rows.some(({ kind }) => kind === 'directory') ? { drainDeadlineMs: NOT_NOW_MS } : {};
  const known =
    settings === CAREFUL_SETTINGS && soaTtlSeconds !== null ? { dnsTtlSeconds: soaTtlSeconds } : {};
  const changed = { ...known, ...patient };
  return Object.keys(changed).length === 0 ? settings : { ...settings, ...changed };
}
