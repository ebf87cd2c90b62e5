/** What Route 53 counts of a batch of changes. */
import type { RecordChange } from '../model/directory.ts';

/** Route 53: 1,000 values of records and 32,000 characters of them a batch, UPSERT counted twice; some room is left. */
export const BATCH_VALUES_MAX = 900;
export const BATCH_CHARACTERS_MAX = 30_000;

export interface BatchSize {
  readonly values: number;
  readonly characters: number;
}

export const NOTHING: BatchSize = { values: 0, characters: 0 };

export const sizeOf = (changes: readonly RecordChange[]): BatchSize =>
  changes.map(sizeOfOne).reduce(sum, NOTHING);

export const sum = (a: BatchSize, b: BatchSize): BatchSize => ({
  values: a.values + b.values,
  characters: a.characters + b.characters,
});

export const fits = ({ values, characters }: BatchSize): boolean =>
  values <= BATCH_VALUES_MAX && characters <= BATCH_CHARACTERS_MAX;

function sizeOfOne({ action, record }: RecordChange): BatchSize {
  const times = action === 'UPSERT' ? 2 : 1;
  return { values: times * record.values.length, characters: times * record.values.join('').length };
}
