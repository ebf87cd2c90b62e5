/**
 * A recorded load: CSV with the header `second,load` (whole seconds since the beginning) or `time,load` (ISO 8601 with its
 * offset), in the order of time. A value holds until the next; the last one as long as the one before it.
 */
import type { Problem } from '../../contract/http-api.ts';

export interface Trace {
  readonly kind: 'trace';
  /** One value a second, in units of work a second. */
  readonly load: readonly number[];
  readonly startMs: number;
  readonly time: 'clock' | 'elapsed';
}

/** 31 days of seconds: a month is replayed in seconds of time and some hundred MB. */
export const TRACE_SECONDS_MAX = 31 * 86_400;
const PROBLEMS_MAX = 20;
/** Where `second` counts from, for schedules: a Monday, 00:00 UTC. */
const MONDAY_MS = Date.UTC(2024, 0, 1);
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

interface Row {
  readonly line: number;
  readonly second: number;
  readonly load: number;
}

export interface RefusedTrace {
  readonly kind: 'refused';
  /** Every wrong line, `PROBLEMS_MAX` at most. */
  readonly problems: readonly Problem[];
}

export function parseTrace(text: string): Trace | RefusedTrace {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const header = (lines[0] ?? '').toLowerCase().replaceAll(' ', '');
  if (header !== 'second,load' && header !== 'time,load')
    return refused([
      problem(
        1,
        'the header is neither `second,load` nor `time,load`',
        'write one of them as the first line',
      ),
    ]);
  const isClock = header === 'time,load';
  const { rows, problems, startMs } = readRows(lines.slice(1), isClock);
  if (problems.length > 0) return refused(problems);
  const [first] = rows;
  if (!first) return refused([problem(1, 'there is no line below the header', 'write for example `0,120`')]);
  return {
    kind: 'trace',
    load: everySecond(rows),
    startMs: isClock ? startMs : startMs + first.second * 1000,
    time: isClock ? 'clock' : 'elapsed',
  };
}

const refused = (problems: readonly Problem[]): RefusedTrace => ({ kind: 'refused', problems });

function readRows(
  lines: readonly string[],
  isClock: boolean,
): { readonly rows: Row[]; readonly problems: Problem[]; readonly startMs: number } {
  const rows: Row[] = [];
  const problems: Problem[] = [];
  let startMs = isClock ? NaN : MONDAY_MS;
  for (const [index, text] of lines.entries()) {
    if (problems.length === PROBLEMS_MAX) break;
    const line = index + 2;
    const [when = '', units = '', ...more] = text.split(',').map((cell) => cell.trim());
    const atMs = isClock ? readTime(when) : readSecond(when);
    const load = /^[0-9.]+(?:e[+-]?[0-9]+)?$/i.test(units) ? Number(units) : NaN;
    if (more.length > 0) problems.push(problem(line, `has ${String(more.length + 2)} columns`, 'write two'));
    else if (Number.isNaN(atMs))
      problems.push(
        isClock
          ? problem(line, NO_TIME(when), TIME_REMEDY)
          : problem(line, NO_SECOND(when), 'write for example `90`'),
      );
    else if (!Number.isFinite(load))
      problems.push(problem(line, `\`${cut(units)}\` is no load`, 'write a number from 0 on'));
    else {
      if (Number.isNaN(startMs)) startMs = atMs;
      const second = isClock ? Math.round((atMs - startMs) / 1000) : atMs / 1000;
      const before = rows.at(-1);
      if (before && second <= before.second)
        problems.push(
          problem(
            line,
            `is not after line ${String(before.line)}`,
            'sort the lines by time, one for each second at most',
          ),
        );
      else if (second >= TRACE_SECONDS_MAX)
        problems.push(problem(line, 'is more than 31 days after the beginning', 'simulate a shorter part'));
      else rows.push({ line, second, load });
    }
  }
  return { rows, problems, startMs };
}

const NO_TIME = (text: string): string => `\`${cut(text)}\` is no time`;
const TIME_REMEDY = 'write for example `2027-01-18T09:30:00Z`';
const NO_SECOND = (text: string): string => `\`${cut(text)}\` is no whole second from 0 on`;
const cut = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 39)}…`);

/** Milliseconds; NaN: none. */
const readSecond = (text: string): number => (/^[0-9]{1,12}$/.test(text) ? Number(text) * 1000 : NaN);
const readTime = (text: string): number => (TIME.test(text) ? Date.parse(text.replace(' ', 'T')) : NaN);

function everySecond(rows: readonly Row[]): number[] {
  const first = rows[0]?.second ?? 0;
  return rows.flatMap(({ second, load }, index) => {
    const next = rows[index + 1]?.second;
    const before = rows[index - 1]?.second;
    const seconds = next === undefined ? second - (before ?? second - 1) : next - second;
    return Array.from({ length: Math.min(seconds, TRACE_SECONDS_MAX - (second - first)) }, () => load);
  });
}

const problem = (line: number, message: string, remedy: string): Problem => ({
  path: '',
  line,
  message,
  remedy,
});
