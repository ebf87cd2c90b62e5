/**
 * A Compose document becomes a stack spec, or a list of everything that keeps it from becoming one.
 *
 * Input: the text or bytes of one file, and the name that a caller expects (the stack of an API path).
 * Output: `stack` with the normalized spec (`contract/stack-spec.ts`) and warnings, or `refused` with all problems,
 * sorted by position. Nothing is ignored: what is not honoured is refused by name (`support.ts`).
 * Failure modes: none; whatever the input, it answers, in less than half a second. No file, network, clock or
 * environment variable is read, so the CLI and the API give the same answer.
 *
 *   bytes -> text (decode) -> syntax tree (parse) -> located values (expand) -> honoured values (screen) -> spec
 */
import { BODY_MAX_BYTES, type Problem } from '../contract/http-api.ts';
import { canonicalJson } from '../contract/canonical.ts';
import { firstProblems, pathOf } from '../contract/problems.ts';
import { DNS_LABEL } from '../contract/names.ts';
import { shown } from '../contract/rules/rule.ts';
import { serviceName } from '../contract/rules/texts.ts';
import { STACK_LIMITS, stackSpec, type ServiceSpec, type StackSpec } from '../contract/stack-spec.ts';
import {
  byPosition,
  fieldsOf,
  keeps,
  keyOf,
  notebook,
  sortedRecord,
  textOf,
  type Field,
  type Fields,
  type Notebook,
  type Notes,
} from './fields.ts';
import { screen } from './screen.ts';
import { readService } from './service.ts';
import { decode } from './yaml-tree/decode.ts';
import { expand } from './yaml-tree/expand.ts';
import { parse } from './yaml-tree/parse.ts';

export interface LoadOptions {
  /** The stack's name: used if the document has none, a problem if it has another. */
  readonly name?: string;
}

export type Loaded =
  { kind: 'stack'; spec: StackSpec; warnings: Problem[] } | { kind: 'refused'; problems: Problem[] };

export function loadCompose(text: string | Uint8Array, options: LoadOptions = {}): Loaded {
  const decoded = decode(text, BODY_MAX_BYTES);
  if (decoded.kind === 'fault') return refused([decoded.fault]);
  const parsed = parse(decoded.text);
  if (parsed.kind === 'faults') return refused(parsed.faults);
  if (parsed.contents === null) return refused([EMPTY]);
  const expanded = expand(parsed.contents, parsed.lines);
  if (expanded.kind === 'faults') return refused(expanded.faults);
  const notes = notebook((offset) => {
    const { line, col } = parsed.lines.linePos(offset);
    return { line, column: col };
  });
  const root = { path: '', keyOffset: 0, node: screen(expanded.root, notes) };
  const spec = readStack(root, options, notes);
  const problems = notes.problems();
  return problems.length > 0 ? refused(problems) : checked(spec, notes);
}

const EMPTY: Problem = {
  path: '',
  line: 1,
  column: 1,
  message: 'the document is empty',
  remedy: 'write at least one service with an image',
};

function refused(found: readonly Problem[]): Loaded {
  return { kind: 'refused', problems: firstProblems(found.toSorted(byPosition)) };
}

function readStack(root: Field, options: LoadOptions, notes: Notes): StackSpec {
  const fields = fieldsOf(root, notes);
  const version = fields.get('version');
  if (textOf(version, notes) !== undefined && version)
    notes.warn(version, '`version` is obsolete and has no meaning', 'remove it');
  return {
    name: readName(root, fields.get('name'), options.name, notes),
    services: readServices(root, fields, notes),
  };
}

function readName(root: Field, field: Field | undefined, expected: string | undefined, notes: Notes): string {
  const name = field ? textOf(field, notes) : expected;
  if (name === undefined) {
    if (!field)
      notes.refuse(keyOf(root), 'the stack has no name', 'write `name:` and a name at the top of the file');
    return '';
  }
  if (!DNS_LABEL.test(name))
    notes.refuse(field ?? root, `the name \`${shown(name)}\` is no DNS label`, LABEL_REMEDY);
  else if (expected !== undefined && name !== expected) {
    const message = `the document is named \`${shown(name)}\`, but was sent as \`${expected}\``;
    notes.refuse(field ?? root, message, 'use the same name in both places');
  }
  return name;
}

const LABEL_REMEDY = 'use lower-case letters, digits and inner hyphens, at most 63 characters';

function readServices(root: Field, fields: Fields, notes: Notes): StackSpec['services'] {
  const field = fields.get('services');
  const services = [...fieldsOf(field, notes)];
  if (services.length === 0 && (!field || field.node.kind === 'map')) {
    notes.refuse(field ?? root, 'the document has no services', 'write at least one service with an image');
  }
  if (field && services.length > STACK_LIMITS.services) {
    const message = `the stack has ${services.length} services; at most ${STACK_LIMITS.services} are allowed`;
    notes.refuse(field, message, 'split it into several stacks');
  }
  const names = new Set(services.map(([name]) => name));
  const specs = services.map(([name, service]): [string, ServiceSpec] => {
    keeps(serviceName, name, keyOf(service), notes);
    return [name, readService(service, names, notes)];
  });
  return sortedRecord(specs);
}

/** The schema has the last word, so that no spec leaves here that the API would not take. */
function checked(spec: StackSpec, notes: Notebook): Loaded {
  const bytes = Buffer.byteLength(canonicalJson(spec));
  if (bytes > STACK_LIMITS.specBytes) {
    const message = `the stack's spec has ${bytes} bytes; at most ${STACK_LIMITS.specBytes} are stored`;
    return refused([{ path: '', line: 1, column: 1, message, remedy: 'split it into several stacks' }]);
  }
  const parsed = stackSpec.safeParse(spec);
  if (parsed.success) return { kind: 'stack', spec, warnings: notes.warnings() };
  return refused(
    parsed.error.issues.map(({ path, message }) => ({
      path: pathOf(path),
      message,
      remedy: 'shorten or correct it',
    })),
  );
}
