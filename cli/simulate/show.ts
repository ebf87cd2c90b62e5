/** A simulated service for a reader: about thirty rows over its time, and totals. */
import type { Frame, Replayed, Totals } from '../../functions/core/simulation/replay.ts';
import { showDuration } from '../duration.ts';
import { elapsed } from '../output/plot/axis.ts';
import type { TimeLine } from '../output/plot/time-line.ts';
import type { Paint } from '../output/paint.ts';
import { NONE, table } from '../output/table.ts';

export const ROWS_MAX = 30;

export interface Shown {
  readonly stack: string;
  readonly service: string;
  readonly startMs: number;
  readonly time: 'clock' | 'elapsed';
  /** Dollars an hour; null: not told. */
  readonly hostPrice: number | null;
  /** What is not as in the cluster. */
  readonly remarks: readonly string[];
}

export function showSimulation(shown: Shown, { frames, totals }: Replayed, paint: Paint): string {
  const heads = ['TIME', 'LOAD', 'WANTED', 'READY', 'HOSTS', 'UNSERVED', 'DECISIONS'];
  const size = Math.ceil(frames.length / ROWS_MAX);
  const rows: string[][] = [];
  for (let start = 0; start < frames.length; start += size)
    rows.push(rowOf(shown, frames.slice(start, start + size), frames[start - 1], paint));
  const remarks = shown.remarks.map((remark) => `${paint('quiet', remark)}\n`).join('');
  return `${table(heads, rows)}\n${showTotals(shown, frames, totals)}${remarks}`;
}

function rowOf(
  { startMs, time }: Shown,
  frames: readonly Frame[],
  before: Frame | undefined,
  paint: Paint,
): string[] {
  const last = frames.at(-1);
  const atMs = (frames[0]?.second ?? 0) * 1000;
  const sum = (pick: (frame: Frame) => number): number =>
    frames.reduce((total, frame) => total + pick(frame) * frame.seconds, 0);
  const unserved = sum((frame) => frame.unserved);
  const load = sum((frame) => frame.load);
  return [
    time === 'clock' ? new Date(startMs + atMs).toISOString().slice(5, 16).replace('T', ' ') : elapsed(atMs),
    number(load / sum(() => 1)),
    String(last?.wanted ?? 0),
    String(last?.ready ?? 0),
    String(last?.hosts ?? 0),
    unserved === 0 ? NONE : paint('bad', percent(unserved / load)),
    decisionsOf(frames, before, paint),
  ];
}

/** `3 -> 5 (cpu 83 %, ...)`: the last one's reason, all its numbers. */
function decisionsOf(frames: readonly Frame[], before: Frame | undefined, paint: Paint): string {
  const changes = frames.filter(({ direction }) => direction !== 'hold');
  const last = changes.at(-1);
  if (!last) return '';
  const numbers = [(before ?? frames[0])?.wanted, ...changes.map(({ wanted }) => wanted)].join(' -> ');
  return `${numbers}  ${paint('quiet', last.reason)}`;
}

function showTotals({ hostPrice }: Shown, frames: readonly Frame[], totals: Totals): string {
  const most = (pick: (frame: Frame) => number): number =>
    frames.reduce((max, frame) => Math.max(max, pick(frame)), 0);
  const over =
    totals.oracleSeconds === 0
      ? ''
      : ` (${(totals.replicaSeconds / totals.oracleSeconds).toFixed(2)}x of just enough at every second)`;
  const lines: readonly (readonly [string, string])[] = [
    ['time', showDuration(totals.seconds * 1000)],
    [
      'replicas',
      `${number(totals.replicaSeconds / 3600)} hours${over}, at most ${String(most((frame) => frame.wanted))}, changed ${String(totals.changes)} times`,
    ],
    ['hosts', `${number(totals.hostSeconds / 3600)} hours, at most ${String(most((frame) => frame.hosts))}`],
    [
      'cost',
      hostPrice === null
        ? 'tell --host-price to see it'
        : `$${costOf(totals, hostPrice).toFixed(2)} for hosts at $${String(hostPrice)} an hour`,
    ],
    ['unserved', totals.unserved === 0 ? 'nothing' : `${percent(totals.unserved / totals.load)} of the load`],
  ];
  return lines.map(([name, text]) => `${name.padEnd(10)}${text}\n`).join('');
}

export const costOf = ({ hostSeconds }: Totals, hostPrice: number): number =>
  (hostSeconds / 3600) * hostPrice;

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
const percent = (share: number): string => (share < 0.0001 ? '< 0.01 %' : `${(share * 100).toFixed(2)} %`);

/** The same as a plot. */
export function simulationTimeLine(shown: Shown, { frames }: Replayed): TimeLine {
  const at = ({ second }: Frame): number => shown.startMs + second * 1000;
  return {
    title: `${shown.stack}/${shown.service}, simulated`,
    loadName: 'load',
    time: shown.time,
    points: frames.map((frame) => ({
      atMs: at(frame),
      load: frame.load,
      wanted: frame.wanted,
      running: frame.ready,
      hosts: frame.hosts,
    })),
    marks: frames
      .filter(({ direction }) => direction !== 'hold')
      .map((frame) => ({
        atMs: at(frame),
        kind: frame.direction === 'out' ? 'out' : 'in',
        text: frame.reason,
      })),
  };
}
