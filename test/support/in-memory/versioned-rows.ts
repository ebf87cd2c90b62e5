/**
 * Rows by key under optimistic concurrency, as strict as the table: a row is written only if its version is the expected
 * one, is copied on the way in and out (nobody holds a reference into the store), and is listed in the order of its key.
 */
import { ConflictError } from '../../../functions/usecases/errors.ts';

export interface VersionedRows<Row extends { readonly version: number }> {
  get(key: string): Row | null;
  list(): Row[];
  /** `allowed`: a further condition on the stored row. */
  put(key: string, row: Row, expectedVersion: number, allowed?: (stored: Row) => boolean): void;
  remove(key: string, expectedVersion: number): void;
}

export const versionedRows = <Row extends { readonly version: number }>(): VersionedRows<Row> => {
  const rows = new Map<string, Row>();
  const check = (key: string, expectedVersion: number): Row | undefined => {
    const stored = rows.get(key);
    if ((stored?.version ?? 0) !== expectedVersion) throw new ConflictError(`${key}: changed meanwhile`);
    return stored;
  };
  return {
    get: (key) => {
      const stored = rows.get(key);
      return stored ? copy(stored) : null;
    },
    list: () => [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => copy(row)),
    put: (key, row, expectedVersion, allowed) => {
      const stored = check(key, expectedVersion);
      if (stored && allowed && !allowed(stored)) throw new ConflictError(`${key}: changed meanwhile`);
      rows.set(key, copy({ ...row, version: expectedVersion + 1 }));
    },
    remove: (key, expectedVersion) => {
      check(key, expectedVersion);
      rows.delete(key);
    },
  };
};

/** Through JSON: a value that a table could not hold does not come back either. */
export const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
