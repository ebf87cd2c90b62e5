/**
 * Batches whose rows were not all written before the writer died. A launch asks for as many instances as the batch has rows
 * (its token stands for that number), so nothing was launched for a torn one, and nothing may be: instances without rows
 * would come of it. Its demand is planned anew.
 */
import type { Host } from '../model/host.ts';

/** By name. A batch that was answered, refused or asked for is none: its rows say so. */
export function tornBatches(hosts: readonly Host[]): ReadonlySet<string> {
  const byBatch = Map.groupBy(hosts, ({ launch }) => launch.batch);
  return new Set(
    [...byBatch].filter(([batch, rows]) => batch !== '' && isTorn(rows)).map(([batch]) => batch),
  );
}

const isTorn = (rows: readonly Host[]): boolean =>
  rows.length < (rows[0]?.launch.size ?? 0) && rows.every(wasNeverAskedFor);

/** A call whose answer was stored moves `retryAtMs`, or gives an instance. */
const wasNeverAskedFor = ({ instanceId, requestedAtMs, retryAtMs }: Host): boolean =>
  instanceId === null && retryAtMs === requestedAtMs;
