/** `environment` and `labels`: a map, or a list of `KEY=value`. */
import { isNull, itemsOf, keeps, mustBe, sortedRecord, type Field, type Notes } from './fields.ts';
import { pathTo } from '../contract/problems.ts';
import { shown, type Rule } from '../contract/rules/rule.ts';
import { labelName, variableName } from '../contract/rules/texts.ts';
import { NAME_MAX, TEXT_MAX } from '../contract/stack-spec.ts';
import type { LocatedScalar } from './yaml-tree/located.ts';

interface Pair {
  readonly key: string;
  /** Undefined: the key stands alone. */
  readonly value: string | undefined;
  readonly field: Field;
}

/** A key that stands alone means the shell's variable to Docker Compose; Berth has no shell to ask. */
export function readEnvironment(field: Field | undefined, notes: Notes): Record<string, string> {
  const pairs = readPairs(field, notes);
  for (const { key, value, field: at } of pairs) {
    if (value !== undefined || key === '') continue;
    const message = `\`${shown(key)}\` has no value; Docker Compose would take it from your shell, which Berth does not see`;
    notes.refuse(at, message, `write the value, or ${shown(key)}="" for an empty one`);
  }
  return record(pairs, variableName, notes);
}

/** A label that stands alone has an empty value, as in Docker Compose. */
export function readLabels(field: Field | undefined, notes: Notes): Record<string, string> {
  return record(readPairs(field, notes), labelName, notes);
}

function record(pairs: readonly Pair[], nameRule: Rule<string>, notes: Notes): Record<string, string> {
  const values = new Map<string, string>();
  for (const { key, value = '', field } of pairs) {
    if (key.length > NAME_MAX)
      notes.refuse(field, `has a name of ${key.length} characters`, `use at most ${NAME_MAX}`);
    else keeps(nameRule, key, field, notes);
    if (value.length > TEXT_MAX)
      notes.refuse(field, `has ${value.length} characters`, `use at most ${TEXT_MAX}`);
    if (values.has(key))
      notes.warn(field, `\`${shown(key)}\` is given twice; the last one counts`, 'keep one of them');
    values.set(key, value);
  }
  return sortedRecord(values);
}

function readPairs(field: Field | undefined, notes: Notes): Pair[] {
  if (field?.node.kind === 'map') return pairsOfMap(field, notes);
  if (field?.node.kind === 'list') return pairsOfList(field, notes);
  if (field) mustBe(field, 'a map or a list of KEY=value', notes);
  return [];
}

function pairsOfMap(field: Field, notes: Notes): Pair[] {
  if (field.node.kind !== 'map') return [];
  return field.node.entries.flatMap(({ key, keyOffset, value: node }): Pair[] => {
    const inner = { path: pathTo(field.path, key), keyOffset, node };
    if (isNull(inner)) return [{ key, value: undefined, field: inner }];
    const value = scalarText(inner, notes);
    return value === undefined ? [] : [{ key, value, field: inner }];
  });
}

function pairsOfList(field: Field, notes: Notes): Pair[] {
  const seen = new Set<string>();
  const pairs: Pair[] = [];
  for (const item of itemsOf(field, notes)) {
    const text = item.node.kind === 'scalar' ? item.node.value : undefined;
    if (typeof text !== 'string') mustBe(item, 'a text KEY=value', notes);
    else if (seen.has(text)) notes.refuse(item, 'the same line is in the list twice', 'keep one of them');
    else {
      seen.add(text);
      const cut = text.indexOf('=');
      if (cut === -1) pairs.push({ key: text, value: undefined, field: item });
      else pairs.push({ key: text.slice(0, cut), value: text.slice(cut + 1), field: item });
    }
  }
  return pairs;
}

/** Docker Compose reads `010`, `1_000`, `0x1F` and `1e3` as numbers and passes 8, 1000, 31 and 1000 on; dates get a time. */
const REWRITTEN = /^(?:\+.*|-?(?:0[0-9xob_].*|[0-9]+_[0-9_]*|[0-9.]+e[-+]?[0-9]+|\.inf|\.nan))$/i;
const REWRITTEN_TEXT = /^(?:[-+]?[0-9]+_[0-9_]*|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?)$/;

function scalarText(field: Field, notes: Notes): string | undefined {
  if (field.node.kind !== 'scalar') {
    mustBe(field, 'a text, a number, true or false', notes);
    return undefined;
  }
  const { value, source, plain } = field.node;
  if (typeof value === 'number' ? REWRITTEN.test(source) : plain && REWRITTEN_TEXT.test(source)) {
    const message = `\`${shown(source)}\` is no text to YAML, and Docker Compose would pass another text on`;
    notes.refuse(field, message, `put it in quotes: "${shown(source)}"`);
    return undefined;
  }
  return typeof value === 'number' ? numberText(field, field.node, notes) : String(value);
}

function numberText(field: Field, { value, source }: LocatedScalar, notes: Notes): string {
  if (/^-?[0-9]+$/.test(source)) return source;
  const text = String(value);
  if (text !== source)
    notes.warn(
      field,
      `\`${shown(source)}\` is the number ${text} to YAML`,
      `put it in quotes: "${shown(source)}"`,
    );
  return text;
}
