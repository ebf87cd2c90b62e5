/** Bytes or text -> text that may be YAML, or the reason why not. */
import type { Fault } from './located.ts';

export type Decoded = { kind: 'text'; text: string } | { kind: 'fault'; fault: Fault };

const BAD_UTF8 = {
  message: 'the document is not valid UTF-8',
  remedy: 'save it as UTF-8 (for example `iconv -f LATIN1 -t UTF-8`)',
};

export function decode(input: string | Uint8Array, maxBytes: number): Decoded {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.byteLength;
  if (bytes > maxBytes) return tooLarge(bytes, maxBytes);
  const text = typeof input === 'string' ? textOf(input) : textOfBytes(input);
  if (typeof text !== 'string') return text;
  return controlCharacter(text) ?? { kind: 'text', text };
}

function tooLarge(bytes: number, maxBytes: number): Decoded {
  const message = `the document has ${bytes} bytes; at most ${maxBytes} are read`;
  return faultAt('', 0, { message, remedy: 'split it into several stacks' });
}

/** Strings hold UTF-16; half of a pair has no UTF-8 form. */
function textOf(input: string): string | Decoded {
  const bad = input.search(/[\uD800-\uDFFF]/u);
  return bad === -1 ? withoutMark(input) : faultAt(input, bad, BAD_UTF8);
}

function textOfBytes(bytes: Uint8Array): string | Decoded {
  try {
    return withoutMark(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return faultAt(...firstBadByte(bytes), BAD_UTF8);
  }
}

/** The decodable text up to the first bad byte. Halving finds it: a prefix decodes, or it holds a bad byte. */
function firstBadByte(bytes: Uint8Array): [text: string, offset: number] {
  const decodable = (end: number) => {
    try {
      // `stream` lets a prefix end inside a character.
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
    } catch {
      return undefined;
    }
  };
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodable(middle) === undefined) bad = middle;
    else good = middle;
  }
  const text = decodable(good) ?? '';
  return [text, text.length];
}

/** A byte order mark is allowed in front (YAML 1.2, section 5.2). */
const withoutMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** YAML 1.2, section 5.1: C0 controls but tab, line feed and carriage return, DEL and C1 (but NEL) are not allowed. */
// eslint-disable-next-line no-control-regex -- these are the characters looked for
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]/;

function controlCharacter(text: string): Decoded | undefined {
  const offset = text.search(CONTROL);
  if (offset === -1) return undefined;
  const code = text.charCodeAt(offset);
  if (code === 0) {
    const remedy = 'remove it; if every second byte is NUL, the file is UTF-16: save it as UTF-8';
    return faultAt(text, offset, { message: 'the document contains a NUL character', remedy });
  }
  const message = `the document contains the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return faultAt(text, offset, { message, remedy: 'remove it, or write it as an escape in double quotes' });
}

function faultAt(text: string, offset: number, fault: { message: string; remedy: string }): Decoded {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { kind: 'fault', fault: { path: '', line, column: offset - lineStart + 1, ...fault } };
}
