/**
 * A command written as one text -> its words, as Docker Compose splits it: no shell runs.
 *
 * Blanks separate; single quotes keep everything; a backslash elsewhere keeps the next character as it is; `$` has no
 * meaning here. Where Docker Compose fails (an open quote, bare parentheses), so do
 * we; where it drops the rest of the line without a word (`;`, `&`, `|`, `<`, `>`), we refuse.
 */
export type Words = { kind: 'words'; words: string[] } | { kind: 'bad'; why: string };

const BLANKS = ' \t\r\n';
const NEEDS_SHELL = ';&|<>()`';

export function parseShellWords(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === '\\' && quote !== "'") {
      const next = line.charAt(++i);
      if (next === '') return { kind: 'bad', why: 'ends in a backslash' };
      word = (word ?? '') + next;
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (BLANKS.includes(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (NEEDS_SHELL.includes(char)) {
      const what = char === '`' ? 'a backquote' : `\`${char}\``;
      return { kind: 'bad', why: `holds ${what} outside quotes, which only a shell understands` };
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) return { kind: 'bad', why: `has an open quote (${quote})` };
  if (word !== undefined) words.push(word);
  return { kind: 'words', words };
}
