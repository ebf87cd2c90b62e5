/** From two lists of record sets to the changes between them. UPSERT for what differs; exact DELETE for what is gone. */
import type { RecordChange, RecordSet } from '../model/directory.ts';

const key = (record: RecordSet): string => `${record.type} ${record.name}`;
const same = (a: RecordSet, b: RecordSet): boolean =>
  a.ttlSeconds === b.ttlSeconds &&
  a.values.length === b.values.length &&
  a.values.every((value, index) => value === b.values[index]);

const isSame = (a: RecordSet, b: RecordSet | undefined): boolean =>
  b !== undefined && a.type === b.type && a.name === b.name && same(a, b);

export function diffRecords(applied: readonly RecordSet[], wanted: readonly RecordSet[]): RecordChange[] {
  // Most of the time nothing changed, and order is kept.
  if (applied.length === wanted.length && applied.every((one, index) => isSame(one, wanted[index])))
    return [];
  const before = new Map(applied.map((record) => [key(record), record]));
  const after = new Map(wanted.map((record) => [key(record), record]));
  const gone = applied.filter((record) => !after.has(key(record)));
  const changed = wanted.filter((record) => {
    const old = before.get(key(record));
    return old === undefined || !same(old, record);
  });
  return [
    ...gone.map((record) => ({ action: 'DELETE' as const, record })),
    ...changed.map((record) => ({ action: 'UPSERT' as const, record })),
  ];
}
