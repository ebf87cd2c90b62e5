/** The four one-hour traces of `autothrottle-rps` (requests a second, one line a second), from outside of the project. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const TRACES = ['diurnal', 'diurnal-2', 'noisy', 'bursty'] as const;
/** Defaults were chosen on these alone. */
export const DEVELOPMENT: readonly TraceName[] = ['diurnal-2', 'bursty'];
export type TraceName = (typeof TRACES)[number];

const PROJECT = resolve(import.meta.dirname, '../..');

/** The folder that `BERTH_BENCH_DATA` names, else `../shared/data` beside the project. */
export const dataFolder = (named: string | undefined): string => resolve(PROJECT, named ?? '../shared/data');

/** @throws Error naming the file and `BERTH_BENCH_DATA`: not there, or a line that is no number from 0 on. */
export function readTrace(folder: string, name: TraceName): readonly number[] {
  const file = join(folder, 'autothrottle-rps', `${name}.txt`);
  const lines = textOf(file).trimEnd().split('\n');
  return lines.map((line, index) => {
    const value = line.trim() === '' ? NaN : Number(line);
    if (!Number.isFinite(value) || value < 0)
      throw new Error(`${file}:${String(index + 1)}: "${line}" is no number from 0 on`);
    return value;
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : String(error);
    throw new Error(
      `${file} ${why}; BERTH_BENCH_DATA names the folder that holds autothrottle-rps (from github.com/microsoft/autothrottle, traces/)`,
      { cause: error },
    );
  }
}
