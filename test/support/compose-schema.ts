/** Documents made from the official schema: for a property's path, one for each form that its value can take. */
import { readFileSync } from 'node:fs';
import { dereference, type Schema } from '../../compose/schema-paths.ts';
import { segmentsOf } from '../../compose/support.ts';

const FILE = new URL('../../compose/schema/compose-spec.json', import.meta.url);
export const COMPOSE_SCHEMA = JSON.parse(readFileSync(FILE, 'utf8')) as Schema;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What stands for the free keys of the schema. */
const KEYS: Readonly<Record<string, string>> = { services: 'web', ulimits: 'nofile' };
const EXTENSION = 'x-walk';

/** `services.*.ports[].name` -> `services.web.ports[0].name`, as problems name it. */
export function concretePath(path: string): string {
  const parts = path.split('.');
  return parts
    .map((part, i) => (part === '*' ? (KEYS[parts[i - 1] ?? ''] ?? 'any') : part))
    .join('.')
    .replaceAll('[]', '[0]')
    .replaceAll('x-*', EXTENSION);
}

/** Whole documents that are valid and hold the property. */
export function documentsWith(path: string): Json[] {
  return valuesAlong(COMPOSE_SCHEMA, segmentsOf(path), '').map((document) => {
    const { services, ...rest } = document as { services?: { web: { [key: string]: Json } } };
    return { name: 'walk', ...rest, services: { web: { image: 'walk', ...services?.web } } };
  });
}

function valuesAlong(from: Schema, segments: readonly string[], parent: string): Json[] {
  const schema = dereference(from, COMPOSE_SCHEMA);
  const [segment, ...rest] = segments;
  if (segment === undefined) return samples(schema);
  const [inner, key] = step(schema, segment, parent) ?? [];
  if (inner === undefined || key === undefined) {
    const values = branches(schema).flatMap((branch) => valuesAlong(branch, segments, parent));
    return values.map((value) =>
      formOf(value) === 'map' ? { ...required(schema), ...(value as object) } : value,
    );
  }
  return valuesAlong(inner, rest, segment).map((value) =>
    segment === '[]' ? [value] : { ...required(schema), [key]: value },
  );
}

function step(schema: Schema, segment: string, parent: string): [Schema, string] | undefined {
  if (segment === '[]') return schema.items && [schema.items, ''];
  if (segment === 'x-*') return schema.patternProperties?.['^x-'] && [{}, EXTENSION];
  if (segment === '*') {
    const free = Object.entries(schema.patternProperties ?? {}).find(([pattern]) => pattern !== '^x-');
    return free && [free[1], KEYS[parent] ?? 'any'];
  }
  const named = schema.properties?.[segment];
  return named && [named, segment];
}

const branches = (schema: Schema) => [
  ...(schema.allOf ?? []),
  ...(schema.oneOf ?? []),
  ...(schema.anyOf ?? []),
];

/** Siblings without which the map would not be valid. */
function required(schema: Schema): Record<string, Json> {
  return Object.fromEntries(
    (schema.required ?? schema.anyOf?.[0]?.required ?? []).map((name) => [
      name,
      samples(schema.properties?.[name] ?? {})[0] ?? 'sample',
    ]),
  );
}

/** A value of each form that the schema allows; the first is the simplest. */
function samples(from: Schema): Json[] {
  const schema = dereference(from, COMPOSE_SCHEMA);
  if (schema.enum) return [schema.enum[0] as Json];
  if (schema.oneOf) return schema.oneOf.flatMap(samples);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['object']);
  return types.map((type) => sample(type, schema));
}

function sample(type: string, schema: Schema): Json {
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'string':
      return schema.pattern?.startsWith('^(always') ? 'always' : 'sample';
    case 'array':
      return [samples(schema.items ?? {})[0] ?? 'sample'];
    default:
      return required(schema);
  }
}

/** `string`, `number`, `boolean`, `null`, `list`, `map`: the forms that a value of the schema may take. */
export function formsOf(from: Schema): Set<string> {
  return new Set(samples(from).map(formOf));
}

export function formOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : typeof value;
}
