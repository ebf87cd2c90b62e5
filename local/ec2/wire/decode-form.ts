/**
 * From the EC2 Query protocol to the SDK's input: `TagSpecification.1.Tag.2.Key=a` becomes a structure.
 *
 * Rules: Smithy, "AWS EC2 query protocol": lists are flat and count from 1; a member's name on the wire is its
 * `ec2QueryName`, else its capitalized `xmlName`, else its capitalized name.
 * Fails: `UnknownParameter` for a name that the action does not have, `InvalidParameterValue` for a value of a wrong type.
 */
import type { NormalizedSchema } from '@smithy/core/schema';
import { invalidValue, unknownParameter } from '../model/errors.ts';

/** Parameters by their parts; a leaf is a value. */
type Tree = Map<string, string | Branch>;
/** A type alias cannot name itself, an interface can. */
interface Branch {
  readonly tree: Tree;
}

/** @param form without Action and Version. */
export function decodeForm(form: URLSearchParams, schema: NormalizedSchema): Record<string, unknown> {
  return decodeStructure(toTree(form), schema, '');
}

function toTree(form: URLSearchParams): Tree {
  const root: Tree = new Map();
  for (const [name, value] of form) {
    const parts = name.split('.');
    let branch = root;
    for (const part of parts.slice(0, -1)) {
      const next = branch.get(part) ?? { tree: new Map() };
      if (typeof next === 'string') throw unknownParameter(name);
      branch.set(part, next);
      branch = next.tree;
    }
    const leaf = parts.at(-1) ?? '';
    if (branch.has(leaf)) throw invalidValue(`The parameter ${name} was given twice`);
    branch.set(leaf, value);
  }
  return root;
}

function decode(value: string | Branch, schema: NormalizedSchema, path: string): unknown {
  if (schema.isListSchema()) return decodeList(value, schema, path);
  if (schema.isStructSchema()) {
    if (typeof value === 'string') throw invalidValue(`Invalid value for ${path}: expected a structure`);
    return decodeStructure(value.tree, schema, `${path}.`);
  }
  if (typeof value !== 'string') throw unknownParameter(path);
  if (schema.isBooleanSchema()) {
    if (value !== 'true' && value !== 'false') throw invalidValue(`Invalid value '${value}' for ${path}`);
    return value === 'true';
  }
  if (schema.isNumericSchema()) {
    if (!/^-?\d+$/.test(value)) throw invalidValue(`Invalid value '${value}' for ${path}`);
    return Number(value);
  }
  return value;
}

function decodeStructure(tree: Tree, schema: NormalizedSchema, prefix: string): Record<string, unknown> {
  const members = new Map<string, readonly [name: string, schema: NormalizedSchema]>();
  for (const [name, member] of schema.structIterator()) members.set(wireName(name, member), [name, member]);
  const fields: [string, unknown][] = [];
  for (const [part, value] of tree) {
    const member = members.get(part);
    if (member === undefined) throw unknownParameter(prefix + part);
    fields.push([member[0], decode(value, member[1], prefix + part)]);
  }
  return Object.fromEntries(fields);
}

function decodeList(value: string | Branch, schema: NormalizedSchema, path: string): unknown[] {
  if (typeof value === 'string') throw unknownParameter(path);
  const items = [...value.tree].sort(([one], [other]) => Number(one) - Number(other));
  return items.map(([part, item], index) => {
    if (part !== String(index + 1)) throw unknownParameter(`${path}.${part}`);
    return decode(item, schema.getValueSchema(), `${path}.${part}`);
  });
}

function wireName(name: string, schema: NormalizedSchema): string {
  const { ec2QueryName, xmlName } = schema.getMergedTraits();
  if (typeof ec2QueryName === 'string') return ec2QueryName;
  const own = typeof xmlName === 'string' ? xmlName : name;
  return own.charAt(0).toUpperCase() + own.slice(1);
}
