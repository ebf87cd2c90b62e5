/**
 * What the zone really holds, after a batch was rejected: somebody else wrote, or our own record of a batch was lost.
 *
 * Only records of the forms that Berth writes are taken for its own; anything else in the zone is left alone.
 */
import type { Directory, DirectoryName, RecordSet } from '../model/directory.ts';
import { planInZone } from './batches.ts';
import { ownerOf } from './names.ts';

const SRV_FORM = /^_[a-z0-9-]+\._(?:tcp|udp)\./;
const REPLICA_FORM = /^([a-z0-9-]+)-\d+\.\1\./;
const HOST_FORM = /^h-[a-z0-9]+\./;

export function resync(directory: Directory, zoneRecords: readonly RecordSet[], zone: string): Directory {
  const ours = zoneRecords.filter((record) => record.type === 'A' || record.type === 'SRV');
  const byOwner = new Map<string, RecordSet[]>();
  for (const record of ours) {
    const owner = ownerOf(record.name, zone);
    if (owner !== null) byOwner.set(owner, [...(byOwner.get(owner) ?? []), record]);
  }
  const known = new Set(directory.names.map((name) => name.owner));
  const names: DirectoryName[] = directory.names.map((name) => ({
    ...name,
    records: byOwner.get(name.owner) ?? [],
  }));
  for (const [owner, records] of byOwner) {
    if (!known.has(owner) && records.some(isOurForm)) names.push({ owner, records, tasks: {}, version: 0 });
  }
  const head = { ...directory.head, plan: planInZone(zoneRecords, zone), pending: [], unsure: false };
  return { head, names };
}

const isOurForm = ({ name }: RecordSet): boolean =>
  SRV_FORM.test(name) || REPLICA_FORM.test(name) || HOST_FORM.test(name);
