/**
 * What JSON.parse passes over in silence: names that are given twice (the last one would count), `__proto__`, and
 * texts made to keep a program busy. One pass over the text, which need not be JSON: total, and linear in its length.
 */
import type { Problem } from '../../../contract/http-api.ts';
import { pathOf, pathTo } from '../../../contract/problems.ts';

/** As in Compose documents; no body of ours has more than ten levels. */
const DEPTH_MAX = 50;
/** Values and names; the longest body that fits in 1 MB and means something has some thousands. */
const VALUES_MAX = 50_000;

interface Open {
  /** Undefined in a list. */
  readonly names: Set<string> | undefined;
  /** The name or the index that is being read. */
  step: string | number;
  expectsName: boolean;
}

export function faultInJson(text: string): Problem | undefined {
  const open: Open[] = [];
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const inner = open.at(-1);
    switch (text.charAt(at)) {
      case '{':
      case '[':
        values += 1;
        open.push(opened(text.charAt(at)));
        if (open.length > DEPTH_MAX) return tooMuch(`is nested more than ${DEPTH_MAX} levels deep`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        values += 1;
        if (inner?.names) inner.expectsName = true;
        else if (inner) inner.step = Number(inner.step) + 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        const fault = inner?.expectsName ? named(open, inner, text.slice(at, end)) : undefined;
        if (fault) return fault;
        at = end - 1;
        break;
      }
    }
    if (values > VALUES_MAX) return tooMuch(`has more than ${VALUES_MAX} values`);
  }
  return undefined;
}

const opened = (bracket: string): Open =>
  bracket === '{'
    ? { names: new Set(), step: '', expectsName: true }
    : { names: undefined, step: 0, expectsName: false };

const tooMuch = (what: string): Problem => ({
  path: '',
  message: `the document ${what}`,
  remedy: 'send what /v1/openapi.json describes',
});

/** Behind the closing quote, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function named(open: readonly Open[], inner: Open, quoted: string): Problem | undefined {
  const name = unquoted(quoted);
  inner.expectsName = false;
  inner.step = name;
  const path = (): string => pathTo(pathOf(open.slice(0, -1).map(({ step }) => step)), name);
  if (name === '__proto__')
    return { path: path(), message: 'this name cannot be stored', remedy: 'use another name' };
  if (inner.names?.has(name))
    return { path: path(), message: 'the name is given twice', remedy: 'keep one of them' };
  inner.names?.add(name);
  return undefined;
}

function unquoted(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
