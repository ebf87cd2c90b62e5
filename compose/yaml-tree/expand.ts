/**
 * YAML syntax tree -> located values: aliases followed, merge keys (`<<`) applied, keys checked.
 *
 * Aliases can name each other so that a small file stands for billions of values; so values that come from aliases
 * are counted. All faults of one document are told at once.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type LineCounter,
  type Node,
  type ParsedNode,
} from 'yaml';
import { pathTo } from '../../contract/problems.ts';
import { shown } from '../../contract/rules/rule.ts';
import { givable } from '../../contract/rules/texts.ts';
import type { Fault, Located, LocatedEntry } from './located.ts';

const DEPTH_MAX = 50;
const ALIASED_VALUES_MAX = 10_000;
/** As many as a document may have itself: every reader below looks at each of them. */
const ALIASED_CHARACTERS_MAX = 1_000_000;
const TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

interface State {
  readonly targets: Map<Alias, Node>;
  readonly faults: Fault[];
  readonly at: (node: Node | null) => { line: number; column: number };
  /** Alias targets that are being expanded now: one that is met again contains itself. */
  readonly open: Set<Node>;
  aliasedValues: number;
  aliasedCharacters: number;
}

/** Thrown when going on would only repeat the same fault or take too long. */
class Enough extends Error {}

export type Expanded = { kind: 'tree'; root: Located } | { kind: 'faults'; faults: Fault[] };

export function expand(contents: ParsedNode, lines: LineCounter): Expanded {
  const at = (node: Node | null) => {
    const { line, col } = lines.linePos(offsetOf(node));
    return { line, column: col };
  };
  const state: State = {
    targets: targetsOf(contents),
    faults: [],
    at,
    open: new Set(),
    aliasedValues: 0,
    aliasedCharacters: 0,
  };
  try {
    const root = build(contents, '', 0, state);
    return state.faults.length > 0 ? { kind: 'faults', faults: state.faults } : { kind: 'tree', root };
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
    return { kind: 'faults', faults: state.faults };
  }
}

const offsetOf = (node: Node | null) => node?.range?.[0] ?? 0;

/** An alias means the last node before it that carries its name. */
function targetsOf(contents: Node): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(contents, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if ('anchor' in node && node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function build(node: Node | null, path: string, depth: number, state: State): Located {
  if (depth > DEPTH_MAX)
    fail(state, node, path, 'the document is nested too deeply', 'Compose needs no more than ten levels');
  if (state.open.size > 0 && ++state.aliasedValues > ALIASED_VALUES_MAX) {
    const message = `the document's aliases stand for more than ${ALIASED_VALUES_MAX} values`;
    fail(state, node, path, message, 'write the values out, or use fewer aliases of aliases');
  }
  if (isAlias(node)) return follow(node, path, depth, state);
  if (node && 'tag' in node && node.tag && !TAGS.has(node.tag)) {
    note(state, node, path, `the tag \`${shown(node.tag)}\` is not read`, 'remove it');
  }
  const offset = offsetOf(node);
  if (isMap(node)) {
    return { kind: 'map', offset, entries: entriesOf(node, path, depth, state) };
  }
  if (isSeq(node)) {
    const items = node.items.map((item, index) => build(item as Node, pathTo(path, index), depth + 1, state));
    return { kind: 'list', offset, items };
  }
  return scalar(node, path, state);
}

function follow(alias: Alias, path: string, depth: number, state: State): Located {
  const target = state.targets.get(alias);
  if (!target) {
    const remedy = `define \`&${shown(alias.source)}\` before this line, or quote the value if it is a text`;
    fail(state, alias, path, `nothing before this line is anchored as \`&${shown(alias.source)}\``, remedy);
  }
  if (state.open.has(target)) {
    fail(state, alias, path, `the alias \`*${shown(alias.source)}\` contains itself`, 'write the value out');
  }
  state.open.add(target);
  const value = build(target, path, depth, state);
  state.open.delete(target);
  return value;
}

function scalar(node: Node | null, path: string, state: State): Located {
  const offset = offsetOf(node);
  if (!isScalar(node)) return nothing(offset);
  const { value } = node;
  if (typeof value === 'string') {
    if (state.open.size > 0) countCharacters(value, node, path, state);
    const fault = givable(value);
    if (fault) note(state, node, path, fault.message, fault.remedy);
  } else if (value !== null && typeof value !== 'number' && typeof value !== 'boolean') {
    // Only a tag makes other kinds, and its fault is noted already.
    return nothing(offset);
  }
  return { kind: 'scalar', offset, value, source: node.source ?? '', plain: node.type === 'PLAIN' };
}

function countCharacters(text: string, node: Node, path: string, state: State): void {
  state.aliasedCharacters += text.length;
  if (state.aliasedCharacters <= ALIASED_CHARACTERS_MAX) return;
  const message = `the document's aliases stand for more than ${ALIASED_CHARACTERS_MAX} characters`;
  fail(state, node, path, message, 'write long values once, or use fewer aliases of them');
}

const nothing = (offset: number): Located => ({
  kind: 'scalar',
  offset,
  value: null,
  source: '',
  plain: true,
});

function entriesOf(map: Node, path: string, depth: number, state: State): LocatedEntry[] {
  if (!isMap(map)) return [];
  const own: LocatedEntry[] = [];
  const merged: LocatedEntry[] = [];
  const seen = new Map<string, { line: number; column: number }>();
  for (const pair of map.items) {
    const key = pair.key as Node | null;
    const name = keyOf(key, path, state);
    const inside = pathTo(path, name);
    const first = seen.get(name);
    if (first) {
      const message = `\`${shown(name)}\` is given twice; the first time in line ${first.line}`;
      note(state, key, inside, message, 'keep one of them');
      continue;
    }
    seen.set(name, state.at(key));
    const value = pair.value as Node | null;
    if (isMergeKey(key)) merged.push(...mergedEntries(value, path, depth, state));
    else {
      const keyOffset = offsetOf(key);
      own.push({
        key: name,
        keyOffset,
        value: value ? build(value, inside, depth + 1, state) : nothing(keyOffset),
      });
    }
  }
  return withMerged(own, merged);
}

/** YAML 1.1 merge key, which Compose keeps: what the map says itself wins, then the first of the merged maps. */
function withMerged(own: LocatedEntry[], merged: readonly LocatedEntry[]): LocatedEntry[] {
  const names = new Set(own.map(({ key }) => key));
  for (const entry of merged) {
    if (names.has(entry.key)) continue;
    names.add(entry.key);
    own.push(entry);
  }
  return own;
}

const isMergeKey = (key: Node | null) => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';

function mergedEntries(
  value: Node | null,
  path: string,
  depth: number,
  state: State,
): readonly LocatedEntry[] {
  const built = build(value, path, depth + 1, state);
  const maps = built.kind === 'list' ? built.items : [built];
  return maps.flatMap((map) => {
    if (map.kind === 'map') return map.entries;
    note(
      state,
      value,
      pathTo(path, '<<'),
      '`<<` merges maps only',
      'give it an alias of a map, or a list of such',
    );
    return [];
  });
}

function keyOf(key: Node | null, path: string, state: State): string {
  if (isScalar(key) && key.value !== null)
    return typeof key.value === 'string' ? key.value : (key.source ?? '');
  note(state, key, path, 'a key of a map must be a text', 'write `key: value`');
  return '';
}

function note(state: State, node: Node | null, path: string, message: string, remedy: string): void {
  state.faults.push({ path, ...state.at(node), message, remedy });
}

function fail(state: State, node: Node | null, path: string, message: string, remedy: string): never {
  note(state, node, path, message, remedy);
  throw new Enough();
}
