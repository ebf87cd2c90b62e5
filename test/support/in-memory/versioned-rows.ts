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

/**
 * What is a frozen copy already: a part of it that is written again needs no other one. The mark is a private field, which
 * costs a fraction of an entry in a WeakSet, and which nobody sees.
 */
class Marked extends (function itself(value: object) {
  return value;
} as unknown as new (value: object) => object) {
  readonly #isCopy = true;
  static has(value: object): boolean {
    return #isCopy in value;
  }
}

/** As through JSON: a value that a table could not hold does not come back either. */
export const frozenCopy = <Value>(value: Value): Value => copyOf(value) as Value;

function copyOf(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON knows no negative zero; adding zero takes its sign.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value !== 'object') return jsonOf(value);
  if (Marked.has(value)) return value;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  const copy = isPlain ? partsOf(value as unknown[] | Record<string, unknown>) : jsonOf(value);
  if (typeof copy !== 'object' || copy === null) return copy;
  new Marked(copy);
  return Object.freeze(copy);
}

function partsOf(value: readonly unknown[] | Readonly<Record<string, unknown>>): object {
  if (Array.isArray(value)) return Array.from(value, (part) => copyOf(part) ?? null);
  const parts: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const copy = copyOf(part);
    if (copy === undefined) continue;
    if (key === '__proto__') Object.defineProperty(parts, key, { value: copy, enumerable: true });
    else parts[key] = copy;
  }
  return parts;
}

/** Of whatever is not plain: what JSON makes of it; undefined: nothing. */
function jsonOf(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : copyOf(JSON.parse(text));
}
