import { stripVTControlCharacters } from 'node:util';

/** Columns under their heads, two spaces apart, no trailing spaces; cells may be coloured. Ends with a newline. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  return lines.map((line) => `${alignCells(line, widths)}\n`).join('');
}

function alignCells(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
    .join('  ')
    .trimEnd();
}

/** Characters that a reader sees. */
export const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** What stands in a cell that has nothing to say. */
export const NONE = '-';
