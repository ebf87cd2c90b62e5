/**
 * Text -> YAML syntax tree, within bounds of time and memory.
 *
 * The library's own cost per token is what an attacker can multiply, so tokens are counted while they are made; its
 * errors carry stack traces, which cost more than parsing, so these are off meanwhile. It is all synchronous.
 */
import { Composer, LineCounter, Lexer, Parser, type CST, type Document, type ParsedNode } from 'yaml';
import { shown } from '../../contract/rules/rule.ts';
import type { Fault } from './located.ts';

/** About 5,000 lines of Compose. A text of this many tokens is read in less than 0.2 s, whatever it is. */
const TOKENS_MAX = 50_000;
const FAULTS_MAX = 20;

export type Parsed =
  { kind: 'tree'; contents: ParsedNode | null; lines: LineCounter } | { kind: 'faults'; faults: Fault[] };

class TooManyTokens extends Error {}

export function parse(text: string): Parsed {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const at = (offset: number) => {
    const { line, col } = lines.linePos(Math.max(0, offset));
    return { path: '', line: Math.max(1, line), column: Math.max(1, col) };
  };
  const traces = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const documents = compose(text, lines);
    return judge(documents, lines, at);
  } catch (error) {
    if (!(error instanceof TooManyTokens)) throw error;
    const message = `the document has more than ${TOKENS_MAX} YAML tokens`;
    return { kind: 'faults', faults: [{ ...at(0), message, remedy: 'split it into several stacks' }] };
  } finally {
    Error.stackTraceLimit = traces;
  }
}

/** At most two documents: the second one is enough to refuse. */
function compose(text: string, lines: LineCounter): Document.Parsed[] {
  const documents: Document.Parsed[] = [];
  // Keys are compared by `expand.ts`: the library compares each with each other.
  const composer = new Composer({ uniqueKeys: false, merge: false, version: '1.2', schema: 'core' });
  for (const document of composer.compose(tokensOf(text, lines), true, text.length)) {
    documents.push(document);
    if (documents.length === 2) break;
  }
  return documents;
}

function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++tokens > TOKENS_MAX) throw new TooManyTokens();
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

function judge(
  documents: readonly Document.Parsed[],
  lines: LineCounter,
  at: (offset: number) => Omit<Fault, 'message' | 'remedy'>,
): Parsed {
  const faults: Fault[] = [];
  const [first, second] = documents;
  for (const { code, message, pos } of [...(first?.errors ?? []), ...(first?.warnings ?? [])]) {
    if (faults.length === FAULTS_MAX) break;
    faults.push({ ...at(pos[0]), ...explain(code, message) });
  }
  if (first?.directives.yaml.explicit) {
    faults.push({ ...at(0), message: 'the directive `%YAML` is not read', remedy: 'remove the line' });
  }
  if (second) {
    const message = 'the file holds more than one YAML document';
    faults.push({ ...at(second.range[0]), message, remedy: 'deploy each document as a file of its own' });
  }
  return faults.length > 0
    ? { kind: 'faults', faults }
    : { kind: 'tree', contents: first?.contents ?? null, lines };
}

function explain(code: string, message: string): { message: string; remedy: string } {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab is used as indentation', remedy: 'indent with spaces' };
    case 'RESOURCE_EXHAUSTION':
      return {
        message: 'the document is nested too deeply',
        remedy: 'Compose needs no more than ten levels',
      };
    case 'TAG_RESOLVE_FAILED':
      return { message: shown(lowered(message)), remedy: 'remove the tag; Berth merges no files' };
    default:
      return {
        message: `not valid YAML: ${shown(lowered(message))}`,
        remedy: 'mend the syntax at this place',
      };
  }
}

const lowered = (message: string) => message.charAt(0).toLowerCase() + message.slice(1);
