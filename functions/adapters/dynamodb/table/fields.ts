/**
 * Reads a stored map field by field, tolerantly: unknown attributes are ignored (a newer version wrote them), an absent one
 * takes the fallback (an older version did not know it). A field that has neither is named in the error with its item.
 */
import { UnreadableError } from '../../../usecases/errors.ts';

export type Item = Record<string, unknown>;

export interface Fields {
  text(name: string, fallback?: string): string;
  textOrNull(name: string): string | null;
  number(name: string, fallback?: number): number;
  numberOrNull(name: string): number | null;
  flag(name: string, fallback?: boolean): boolean;
  has(name: string): boolean;
  object(name: string): Fields;
  texts(name: string): string[];
  list<Value>(name: string, each: (fields: Fields) => Value): Value[];
  record<Value>(name: string, each: (fields: Fields) => Value): Record<string, Value>;
  textRecord(name: string): Record<string, string>;
}

const isObject = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const open = (value: unknown, where: string): Fields => {
  if (!isObject(value)) throw new UnreadableError(`stored item ${where} is not a map`);
  return fieldsOf(value, where);
};

export const fieldsOf = (item: Item, where = `${String(item.pk)}/${String(item.sk)}`): Fields => {
  const wrong = (name: string): Error => new UnreadableError(`stored item ${where} has no usable "${name}"`);
  const need = <Value>(name: string, value: Value | undefined): Value => {
    if (value === undefined) throw wrong(name);
    return value;
  };
  const text = (name: string): string | undefined =>
    typeof item[name] === 'string' ? item[name] : undefined;
  const number = (name: string): number | undefined =>
    typeof item[name] === 'number' ? item[name] : undefined;
  const list = (name: string): unknown[] => (Array.isArray(item[name]) ? item[name] : []);
  const record = (name: string): [string, unknown][] =>
    isObject(item[name]) ? Object.entries(item[name]) : [];

  return {
    text: (name, fallback) => need(name, text(name) ?? fallback),
    textOrNull: (name) => text(name) ?? null,
    number: (name, fallback) => need(name, number(name) ?? fallback),
    numberOrNull: (name) => number(name) ?? null,
    flag: (name, fallback) => need(name, typeof item[name] === 'boolean' ? item[name] : fallback),
    has: (name) => item[name] !== undefined && item[name] !== null,
    object: (name) => open(item[name], `${where}.${name}`),
    texts: (name) => list(name).filter((value) => typeof value === 'string'),
    list: (name, each) => list(name).map((value, index) => each(open(value, `${where}.${name}[${index}]`))),
    record: (name, each) =>
      Object.fromEntries(
        record(name).map(([key, value]) => [key, each(open(value, `${where}.${name}.${key}`))]),
      ),
    textRecord: (name) => Object.fromEntries(record(name).map(([key, value]) => [key, String(value)])),
  };
};
