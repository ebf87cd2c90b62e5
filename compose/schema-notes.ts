/** A part of a document held against a zod schema: its issues become notes at the places they are about. */
import { pathTo } from '../contract/problems.ts';
import { shown } from '../contract/rules/rule.ts';
import { keyOf, type Field, type Notes } from './fields.ts';
import { nearest } from './values/nearest.ts';
import type { Located } from './yaml-tree/located.ts';

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** As much of zod's as is needed here. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } };
  toJSONSchema(): unknown;
}

/** Looking for what somebody meant costs more than all else. */
const GUESSES_MAX = 20;

/** The value, if it is what the schema says; else undefined, and notes say why. */
export function checkAgainst<T>(schema: Schema<T>, field: Field, notes: Notes): T | undefined {
  const parsed = schema.safeParse(plain(field.node));
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.keys === undefined) noteIssue(issue, field, notes);
    else noteUnknown(issue.keys, issue.path, { field, notes, known: propertiesOf(schema) });
  }
  return undefined;
}

function noteIssue({ path, message, params }: Issue, field: Field, notes: Notes): void {
  const missing = path.length > 0 && nodeAt(field.node, path) === undefined;
  const name = String(path.at(-1));
  if (missing)
    notes.refuse(keyOf(fieldAt(field, path)), `has no \`${name}\`: it ${message}`, `write \`${name}\``);
  else {
    const page = path[0] === 'autoscale' ? 'docs/autoscaling.md' : 'docs/health.md';
    const remedy = typeof params?.remedy === 'string' ? params.remedy : `correct it; ${page} has examples`;
    notes.refuse(fieldAt(field, path), message, remedy);
  }
}

function noteUnknown(
  keys: readonly string[],
  path: readonly PropertyKey[],
  { field, notes, known }: { field: Field; notes: Notes; known: ReadonlySet<string> },
): void {
  for (const [index, key] of keys.entries()) {
    const meant = index < GUESSES_MAX ? nearest(key, known) : undefined;
    const where = path.length === 0 ? 'of `x-berth`' : 'at this place';
    notes.refuse(
      keyOf(fieldAt(field, [...path, key])),
      `\`${shown(key)}\` is no property ${where}`,
      meant === undefined ? 'remove it' : `did you mean \`${meant}\`?`,
    );
  }
}

/** The place of a path below a field; of the nearest thing above it that is there. */
export function fieldAt(field: Field, steps: readonly PropertyKey[]): Field {
  let at = field;
  for (const step of steps) {
    const { node, path } = at;
    if (node.kind === 'map') {
      const entry = node.entries.find(({ key }) => key === step);
      if (!entry) return at;
      at = { path: pathTo(path, entry.key), keyOffset: entry.keyOffset, node: entry.value };
    } else if (node.kind === 'list' && typeof step === 'number') {
      const item = node.items[step];
      if (!item) return at;
      at = { path: pathTo(path, step), keyOffset: item.offset, node: item };
    } else return at;
  }
  return at;
}

function nodeAt(node: Located, steps: readonly PropertyKey[]): Located | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return node;
  const next =
    node.kind === 'map'
      ? node.entries.find(({ key }) => key === step)?.value
      : node.kind === 'list' && typeof step === 'number'
        ? node.items[step]
        : undefined;
  return next && nodeAt(next, rest);
}

function plain(node: Located): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  }
}

const propertyNames = new WeakMap<Schema<unknown>, ReadonlySet<string>>();

/** Every property name in a schema, for guesses. */
function propertiesOf(schema: Schema<unknown>): ReadonlySet<string> {
  const made = propertyNames.get(schema);
  if (made) return made;
  const names = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (key === 'properties') for (const name of Object.keys(value as object)) names.add(name);
      walk(value);
    }
  };
  walk(schema.toJSONSchema());
  propertyNames.set(schema, names);
  return names;
}
