/**
 * Change batches within Route 53's limits, each carrying the fence.
 *
 * The fence: a batch deletes `TXT "plan=41"` and creates `TXT "plan=42"`. Batches are atomic and DELETE needs the exact
 * value, so a writer that read an older plan has its whole batch rejected.
 */
import type { RecordChange, RecordSet } from '../model/directory.ts';
import { fenceName } from './names.ts';
import type { NamePlan } from './plan-directory.ts';

/** Route 53: 1,000 values of records and 32,000 characters of them a batch, UPSERT counted twice; some room is left. */
export const BATCH_VALUES_MAX = 900;
export const BATCH_CHARACTERS_MAX = 30_000;

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

interface Size {
  readonly values: number;
  readonly characters: number;
}

function sizeOf(changes: readonly RecordChange[]): Size {
  let [values, characters] = [0, 0];
  for (const { action, record } of changes) {
    const times = action === 'UPSERT' ? 2 : 1;
    values += times * record.values.length;
    characters += times * record.values.reduce((total, value) => total + value.length, 0);
  }
  return { values, characters };
}

/** An owner's changes stay together. */
export function inBatches(names: readonly NamePlan[]): NamePlan[][] {
  const batches: NamePlan[][] = [];
  let room: Size = { values: 0, characters: 0 };
  for (const name of names) {
    const { values, characters } = sizeOf(name.changes);
    if (values > room.values || characters > room.characters || batches.length === 0) {
      batches.push([]);
      room = { values: BATCH_VALUES_MAX, characters: BATCH_CHARACTERS_MAX };
    }
    batches.at(-1)?.push(name);
    room = { values: room.values - values, characters: room.characters - characters };
  }
  return batches;
}

/** Negative answers live min(SOA TTL, SOA minimum): both become the zone's TTL. */
export function soaChange(soa: RecordSet, ttlSeconds: number): RecordChange {
  const fields = (soa.values[0] ?? '').split(' ');
  const values = [[...fields.slice(0, 6), String(ttlSeconds)].join(' ')];
  return { action: 'UPSERT', record: { ...soa, ttlSeconds, values } };
}
