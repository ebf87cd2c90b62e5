/**
 * Rows by key under optimistic concurrency, as strict as the table: a row is written only if its version is the expected
 * one, is copied on the way in, and is listed in the order of its key. Stored rows are frozen through and through and
 * handed out as they are: nobody can change what is stored, and reading costs nothing.
 */
import { ConflictError } from '../../../functions/usecases/errors.ts';

export interface VersionedRows<Row extends { readonly version: number }> {
  get(key: string): Row | null;
  list(): readonly Row[];
  /** `allowed`: a further condition on the stored row. */
  put(key: string, row: Row, expectedVersion: number, allowed?: (stored: Row) => boolean): void;
  remove(key: string, expectedVersion: number): void;
}

/** Told after each change: the row as stored now (null: removed), and the one before. */
export type RowListener<Row> = (key: string, row: Row | null, before: Row | null) => void;

export const versionedRows = <Row extends { readonly version: number }>(
  onChange?: RowListener<Row>,
): VersionedRows<Row> => {
  const rows = new Map<string, Row>();
  let listed: readonly Row[] | undefined;
  const check = (key: string, expectedVersion: number): Row | undefined => {
    const stored = rows.get(key);
    if ((stored?.version ?? 0) !== expectedVersion) throw new ConflictError(`${key}: changed meanwhile`);
    return stored;
  };
  return {
    get: (key) => rows.get(key) ?? null,
    list: () =>
      (listed ??= Object.freeze(
        [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row),
      )),
    put: (key, row, expectedVersion, allowed) => {
      const stored = check(key, expectedVersion);
      if (stored && allowed && !allowed(stored)) throw new ConflictError(`${key}: changed meanwhile`);
      const next = frozenCopy({ ...row, version: expectedVersion + 1 });
      rows.set(key, next);
      listed = undefined;
      onChange?.(key, next, stored ?? null);
    },
    remove: (key, expectedVersion) => {
      const stored = check(key, expectedVersion);
      if (stored === undefined) return;
      rows.delete(key);
      listed = undefined;
      onChange?.(key, null, stored);
    },
  };
};

/** Through JSON: a value that a table could not hold does not come back either. */
export const frozenCopy = <Value>(value: Value): Value =>
  deepFreeze(JSON.parse(JSON.stringify(value)) as Value);

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
