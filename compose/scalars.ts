/** Durations, sizes, CPUs and commands of a document, with the notes that they deserve. */
import { shown } from '../contract/rules/rule.ts';
import { TEXT_MAX, WORDS_MAX } from '../contract/stack-spec.ts';
import { isNull, isPlainNumber, itemsOf, NOT_PLAIN, textOf, type Field, type Notes } from './fields.ts';
import { parseByteSize } from './values/byte-size.ts';
import { parseCpuMillis } from './values/cpus.ts';
import { parseDuration } from './values/duration.ts';
import { parseShellWords } from './values/shell-words.ts';

/** Milliseconds. */
export function readDuration(field: Field | undefined, notes: Notes): number | undefined {
  if (!field) return undefined;
  if (field.node.kind === 'scalar' && typeof field.node.value === 'number') {
    notes.refuse(field, 'is a number without a unit', `write "${shown(field.node.source)}s" for seconds`);
    return undefined;
  }
  const text = textOf(field, notes);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration.kind === 'duration') return duration.ms;
  notes.refuse(field, `${duration.why}, is \`${shown(text)}\``, 'write for example `1m30s`');
  return undefined;
}

/** Bytes. */
export function readByteSize(field: Field | undefined, notes: Notes): number | undefined {
  const text = textOf(field, notes);
  if (text === undefined || !field) return undefined;
  const bytes = parseByteSize(text);
  if (bytes === undefined)
    notes.refuse(field, `\`${shown(text)}\` is no size in bytes`, 'write for example `64m` or `1g`');
  return bytes;
}

/** Thousandths of a CPU. */
export function readCpuMillis(field: Field | undefined, notes: Notes): number | undefined {
  if (!field) return undefined;
  const { node } = field;
  const text = node.kind === 'scalar' && typeof node.value === 'number' ? node.source : textOf(field, notes);
  if (text === undefined) return undefined;
  if (!isPlainNumber(node)) {
    notes.refuse(field, NOT_PLAIN, 'write it in plain decimal digits');
    return undefined;
  }
  const millis = parseCpuMillis(text);
  const remedy = 'write for example `0.5`, in steps of 0.001';
  if (millis === undefined) notes.refuse(field, `\`${shown(text)}\` is no number of CPUs`, remedy);
  return millis;
}

/** `command` and `entrypoint`: absent and null mean the image's own. A text is split into words. */
export function readCommand(field: Field | undefined, notes: Notes): string[] | undefined {
  if (!field || isNull(field)) return undefined;
  return readWords(field, (text) => splitWords(text, notes), notes);
}

/** A list of words, or a text that `ofText` makes words of; within the bounds of the stack spec. */
export function readWords(
  field: Field,
  ofText: (field: Field) => string[] | undefined,
  notes: Notes,
): string[] | undefined {
  const isList = field.node.kind === 'list';
  const words = isList ? itemsOf(field, notes).map((item) => textOf(item, notes)) : ofText(field);
  if (!words || words.includes(undefined)) return undefined;
  const command = words.filter((word) => word !== undefined);
  if (command.length <= WORDS_MAX && command.every((word) => word.length <= TEXT_MAX)) return command;
  const limit = `at most ${WORDS_MAX} words of at most ${TEXT_MAX} characters are allowed`;
  notes.refuse(field, limit, 'put the command into a script of the image');
  return undefined;
}

function splitWords(field: Field, notes: Notes): string[] | undefined {
  const line = textOf(field, notes);
  if (line === undefined) return undefined;
  const parsed = parseShellWords(line);
  if (parsed.kind === 'words') return parsed.words;
  notes.refuse(field, `the command ${parsed.why}`, 'write a list; with a shell: ["sh", "-c", "..."]');
  return undefined;
}
