/**
 * What the zone really holds, after a batch was rejected: somebody else wrote, or our own record of a batch was lost.
 *
 * Only records of the forms that Berth writes are taken for its own; anything else in the zone is left alone.
 */
import type { Directory, DirectoryName, RecordSet } from '../model/directory.ts';
import { isClearlyOurs, recordsByOwner } from './audit.ts';
import { planInZone } from './batches.ts';

export function resync(directory: Directory, zoneRecords: readonly RecordSet[], zone: string): Directory {
  const byOwner = recordsByOwner(zoneRecords, zone);
  const known = new Set(directory.names.map((name) => name.owner));
  const names: DirectoryName[] = directory.names.map((name) => ({
    ...name,
    records: byOwner.get(name.owner) ?? [],
  }));
  for (const [owner, records] of byOwner) {
    if (!known.has(owner) && isClearlyOurs(records, zone))
      names.push({ owner, records, tasks: {}, version: 0 });
  }
  const head = { ...directory.head, plan: planInZone(zoneRecords, zone), pending: [], unsure: false };
  return { head, names };
}
