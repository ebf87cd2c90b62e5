/**
 * The zone against what was applied to it: records of ours that no row knows, and owners whose records are not those that
 * were applied (somebody edited the zone, or deleted from it).
 *
 * The register loop is the zone's only writer and runs alone, so while the fence in the zone is the one that was applied
 * last, any difference is somebody else's doing. Another fence is that loop's own business: its next batch is rejected, and
 * the zone is read.
 */
import type { Directory, DirectoryName, RecordSet } from '../model/directory.ts';
import { planInZone } from './batches.ts';
import { diffRecords } from './diff.ts';
import { ownerOf } from './names.ts';
import { formOf } from './ours.ts';

export interface Finding {
  /** The owner. */
  readonly key: string;
  /** `unknown`: no row knows it. `changed`: the zone holds other records than were applied. */
  readonly kind: 'unknown' | 'changed';
  /** As the zone has it: stored so, the next plan deletes what nobody wants and writes what is missing. */
  readonly name: DirectoryName;
  readonly reason: string;
}

/** Records of ours by owner, as the zone has them. */
export function recordsByOwner(records: readonly RecordSet[], zone: string): Map<string, RecordSet[]> {
  const byOwner = new Map<string, RecordSet[]>();
  for (const record of records) {
    const owner = formOf(record, zone) === null ? null : ownerOf(record.name, zone);
    if (owner !== null) byOwner.set(owner, [...(byOwner.get(owner) ?? []), record]);
  }
  return byOwner;
}

/** An owner that no row knows is ours only if something of it can be nobody else's. */
export const isClearlyOurs = (records: readonly RecordSet[], zone: string): boolean =>
  records.some((record) => formOf(record, zone) === 'clear');

export function auditZone(directory: Directory, records: readonly RecordSet[], zone: string): Finding[] {
  // An empty list proves nothing, and the zone's fence tells whether both sides speak of the same plan.
  if (directory.head.plan === 0 || planInZone(records, zone) !== directory.head.plan) return [];
  const byOwner = recordsByOwner(records, zone);
  const changed = directory.names.flatMap((name): Finding[] => {
    const found = byOwner.get(name.owner) ?? [];
    const changes = diffRecords(found, name.records);
    if (changes.length === 0) return [];
    const words = changes.slice(0, 3).map(({ record }) => `${record.type} ${record.name}`);
    const reason = `${changes.length} of its record sets are not as they were applied (${words.join(', ')})`;
    return [{ key: name.owner, kind: 'changed', name: { ...name, records: found }, reason }];
  });
  const known = new Set(directory.names.map((name) => name.owner));
  const unknown = [...byOwner].flatMap(([owner, found]): Finding[] => {
    if (known.has(owner) || !isClearlyOurs(found, zone)) return [];
    const reason = `no service and no host has these ${found.length} record sets`;
    const name = { owner, records: found, tasks: {}, version: 0 };
    return [{ key: owner, kind: 'unknown', name, reason }];
  });
  return [...changed, ...unknown];
}
