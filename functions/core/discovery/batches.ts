/**
 * Change batches within Route 53's limits, each carrying the fence.
 *
 * The fence: a batch deletes `TXT "plan=41"` and creates `TXT "plan=42"`. Batches are atomic and DELETE needs the exact
 * value, so a writer that read an older plan has its whole batch rejected.
 */
import type { RecordChange, RecordSet } from '../model/directory.ts';
import { fits, NOTHING, sizeOf, sum } from './batch-size.ts';
import { fenceName } from './names.ts';
import type { NamePlan } from './plan-directory.ts';
import { inSteps } from './steps.ts';

const fence = (zone: string, plan: number): RecordSet => ({
  name: fenceName(zone),
  type: 'TXT',
  ttlSeconds: 60,
  values: [`"plan=${plan}"`],
});

/** Plan 0 is an untouched zone: nothing to delete. */
export function fenceChanges(zone: string, plan: number): RecordChange[] {
  const create: RecordChange = { action: 'CREATE', record: fence(zone, plan + 1) };
  return plan === 0 ? [create] : [{ action: 'DELETE', record: fence(zone, plan) }, create];
}

/** The plan number in the zone's fence record; 0 when there is none. */
export function planInZone(records: readonly RecordSet[], zone: string): number {
  const record = records.find((one) => one.type === 'TXT' && one.name === fenceName(zone));
  const match = /^"plan=(\d+)"$/.exec(record?.values[0] ?? '');
  return match ? Number(match[1]) : 0;
}

/** An owner's changes stay together, unless they alone are too many (`steps.ts`). */
export function inBatches(names: readonly NamePlan[]): NamePlan[][] {
  const batches: NamePlan[][] = [];
  let size = NOTHING;
  for (const name of names.flatMap(inSteps)) {
    const own = sizeOf(name.changes);
    const isOver = batches.length === 0 || !fits(sum(size, own));
    if (isOver) batches.push([]);
    batches.at(-1)?.push(name);
    size = isOver ? own : sum(size, own);
  }
  return batches;
}

/** Negative answers live min(SOA TTL, SOA minimum): both become the zone's TTL. */
export function soaChange(soa: RecordSet, ttlSeconds: number): RecordChange {
  const fields = (soa.values[0] ?? '').split(' ');
  const values = [[...fields.slice(0, 6), String(ttlSeconds)].join(' ')];
  return { action: 'UPSERT', record: { ...soa, ttlSeconds, values } };
}
