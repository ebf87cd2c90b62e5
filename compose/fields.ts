/**
 * A document's values by path, the notes that readers make on them, and the plain kinds of values.
 *
 * Readers return undefined for what they refused: the note is made, and reading goes on to find everything at once.
 */
import type { Problem } from '../contract/http-api.ts';
import { pathTo } from '../contract/problems.ts';
import { shown, type Rule } from '../contract/rules/rule.ts';
import type { Located } from './yaml-tree/located.ts';

export interface Field {
  /** `services.web.ports[0].name` */
  readonly path: string;
  /** Of the key that names it; of the value itself in a list. */
  readonly keyOffset: number;
  readonly node: Located;
}

/** Where notes on a document go. A field means its value. */
export interface Notes {
  refuse(at: At, message: string, remedy: string): void;
  /** As `refuse`, for a value that cannot be known: later notes on it would only repeat that, and are dropped. */
  refuseUnknown(at: At, message: string, remedy: string): void;
  warn(at: At, message: string, remedy: string): void;
}
export type At = Field | { readonly path: string; readonly offset: number };

/** For notes on a name, and on what is missing below it. */
export const keyOf = ({ path, keyOffset }: Field): At => ({ path, offset: keyOffset });

export interface Notebook extends Notes {
  /** In the order of reading. */
  problems(): Problem[];
  /** Sorted by position. */
  warnings(): Problem[];
}

/** `lineOf`: offset -> line and column, both from 1. */
export function notebook(lineOf: (offset: number) => { line: number; column: number }): Notebook {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const unknown = new Set<string>();
  const put = (list: Problem[], at: At, message: string, remedy: string) => {
    list.push({ path: at.path, ...lineOf('node' in at ? at.node.offset : at.offset), message, remedy });
  };
  return {
    refuse: (at, message, remedy) => {
      if (!unknown.has(at.path)) put(problems, at, message, remedy);
    },
    refuseUnknown: (at, message, remedy) => {
      put(problems, at, message, remedy);
      unknown.add(at.path);
    },
    warn: (at, message, remedy) => put(warnings, at, message, remedy),
    problems: () => problems,
    warnings: () => warnings.toSorted(byPosition),
  };
}

/** A problem without a position is about the whole document and comes first. */
export function byPosition(a: Problem, b: Problem): number {
  return (
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
  );
}

/** The fields of a map by key. */
export type Fields = ReadonlyMap<string, Field>;

export function fieldsOf(field: Field | undefined, notes: Notes): Fields {
  if (!field) return new Map();
  if (field.node.kind === 'map') {
    const { path } = field;
    return new Map(
      field.node.entries.map(({ key, keyOffset, value: node }) => [
        key,
        { path: pathTo(path, key), keyOffset, node },
      ]),
    );
  }
  mustBe(field, 'a map', notes);
  return new Map();
}

export function itemsOf(field: Field | undefined, notes: Notes): Field[] {
  if (!field) return [];
  if (field.node.kind === 'list') {
    return field.node.items.map((node, index) => ({
      path: pathTo(field.path, index),
      keyOffset: node.offset,
      node,
    }));
  }
  mustBe(field, 'a list', notes);
  return [];
}

export const isNull = ({ node }: Field) => node.kind === 'scalar' && node.value === null;

export function textOf(field: Field | undefined, notes: Notes): string | undefined {
  if (!field) return undefined;
  if (field.node.kind === 'scalar') {
    const { value, source } = field.node;
    if (typeof value === 'string') return value;
    if (value !== null) {
      notes.refuse(field, `must be a text, is ${kindOf(field.node)}`, `put it in quotes: "${shown(source)}"`);
      return undefined;
    }
  }
  mustBe(field, 'a text', notes);
  return undefined;
}

/** A text of at most `max` characters that is not empty. */
export function boundedTextOf(field: Field | undefined, max: number, notes: Notes): string | undefined {
  const text = textOf(field, notes);
  if (text === undefined || !field) return undefined;
  if (text !== '' && text.length <= max) return text;
  if (text === '') notes.refuse(field, 'must not be empty', 'write a value, or leave the property out');
  else notes.refuse(field, `has ${text.length} characters; at most ${max} are allowed`, 'shorten it');
  return undefined;
}

/** `true`, or the words that Docker Compose takes for it. */
export function booleanOf(field: Field | undefined, notes: Notes): boolean | undefined {
  if (!field) return undefined;
  const value = field.node.kind === 'scalar' ? field.node.value : undefined;
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (['true', 'y', 'yes', 'on'].includes(word)) return true;
  if (['false', 'n', 'no', 'off'].includes(word)) return false;
  notes.refuse(field, 'must be true or false', 'write `true` or `false`');
  return undefined;
}

/** Whether a number reads the same to all: to Docker Compose `010` is 8. */
export function isPlainNumber(node: Located): boolean {
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return true;
  return /^-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?$/.test(node.source);
}
export const NOT_PLAIN = 'is a number that others read otherwise';

/** A whole number, as a number or as digits in quotes. */
export function integerOf(
  field: Field | undefined,
  bounds: { min: number; max: number },
  notes: Notes,
): number | undefined {
  if (!field) return undefined;
  const value = field.node.kind === 'scalar' ? field.node.value : undefined;
  const number = typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && !isPlainNumber(field.node)) {
    notes.refuse(field, NOT_PLAIN, 'write it in plain decimal digits');
    return undefined;
  }
  const range = `between ${bounds.min} and ${bounds.max}`;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    notes.refuse(field, 'must be a whole number', `write a number ${range}`);
    return undefined;
  }
  if (number < bounds.min || number > bounds.max) {
    notes.refuse(field, `must be ${range}, is ${number}`, `write a number ${range}`);
    return undefined;
  }
  return number;
}

/** Whether a rule of the stack spec finds nothing wrong; what it finds is noted. */
export function keeps<Value>(rule: Rule<Value>, value: Value, at: At, notes: Notes): boolean {
  const fault = rule(value);
  if (fault) notes.refuse(at, fault.message, fault.remedy);
  return fault === undefined;
}

export function mustBe(field: Field, kind: string, notes: Notes): void {
  const nothing = isNull(field) ? 'write a value, or leave the property out' : `write ${kind}`;
  notes.refuse(field, `must be ${kind}, is ${kindOf(field.node)}`, nothing);
}

function kindOf(node: Located): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  if (node.value === null) return 'empty';
  const kinds = { string: 'a text', number: 'a number', boolean: 'true or false' } as const;
  return kinds[typeof node.value as keyof typeof kinds];
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** `{ a: 1, b: undefined }` -> `{ a: 1 }`: a spec has no key for what a document does not say. */
export function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** A map of a spec: keys sorted, so that equal content gives equal bytes. */
export function sortedRecord<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
