/**
 * Progress of something awaited: on a terminal a block of lines that is redrawn below what was logged; elsewhere one
 * line per change, so that a log of CI stays readable.
 *
 * Pure parts: `frame` (what to write to redraw) and `news` (which rows changed). `createProgress` holds the state.
 */
import type { Output } from '../terminal.ts';
import { widthOf } from './table.ts';

/** One line of the block. `key` finds it again in the next block. */
export interface Row {
  readonly key: string;
  readonly text: string;
  /** Changes at every look, such as a clock: shown on a terminal only. */
  readonly ticking?: string;
}

export interface Progress {
  /** A line that stays. */
  log(line: string): void;
  /** Replaces the block. */
  show(rows: readonly Row[]): void;
  /** Takes the block away, or leaves its last state standing. */
  end(keep: boolean): void;
}

const ERASE_LINE = '\u001B[2K';
const UP = '\u001B[1A';

export function createProgress(output: Output): Progress {
  return output.isTty ? redrawn(output) : linear(output);
}

function redrawn(output: Output): Progress {
  let rows: readonly Row[] = [];
  let drawn = 0;
  const draw = (logged: readonly string[]) => {
    const lines = rows.map((row) => clip(`${row.text}${row.ticking ?? ''}`, output.columns));
    output.write(frame(drawn, logged, lines));
    drawn = lines.length;
  };
  return {
    log: (line) => draw([line]),
    show(next) {
      rows = next;
      draw([]);
    },
    end(keep) {
      if (!keep) rows = [];
      draw([]);
      [rows, drawn] = [[], 0];
    },
  };
}

function linear(output: Output): Progress {
  let rows: readonly Row[] = [];
  return {
    log: (line) => output.write(`${line}\n`),
    show(next) {
      for (const { text } of news(rows, next)) output.write(`${text}\n`);
      rows = next;
    },
    end() {
      rows = [];
    },
  };
}

/** What takes a block of `drawn` lines away and writes `logged`, then `lines`, in its place. */
export function frame(drawn: number, logged: readonly string[], lines: readonly string[]): string {
  const erase = `${UP}${ERASE_LINE}`.repeat(drawn);
  return [erase, ...[...logged, ...lines].map((line) => `${line}\n`)].join('');
}

/** Rows that are new, or say something else than before. */
export function news(before: readonly Row[], after: readonly Row[]): readonly Row[] {
  const known = new Map(before.map((row) => [row.key, row.text]));
  return after.filter((row) => known.get(row.key) !== row.text);
}

/** A longer line would wrap, and the block would no longer be as many lines as were counted. */
export function clip(line: string, columns: number): string {
  const over = widthOf(line) - (columns - 1);
  if (over <= 0) return line;
  // Cut from the end of the visible text; colours end with a reset, which is kept.
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  const parts = line.split(/(\u001B\[[0-9;]*m)/);
  let left = Math.max(0, widthOf(line) - over - 1);
  const kept = parts.map((part, index) => {
    if (index % 2 === 1) return part;
    const shown = part.slice(0, left);
    left -= shown.length;
    return shown;
  });
  return `${kept.join('')}…`;
}
