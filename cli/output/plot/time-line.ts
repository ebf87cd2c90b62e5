/**
 * A service's time line as one SVG document: above the load, below wanted and running replicas and hosts as steps, at the
 * bottom a mark for each decision. No script, no font, no package; readable on light and on dark ground.
 *
 * In: points in the order of time, at least two of different times to show anything. Out: the text of the document, at
 * most about `POINTS_MAX` points a line, however long the time line is.
 */
import { numberTicks, timeTicks, type Tick, type TimeKind } from './axis.ts';
import { linePath, stepPath, thinned } from './paths.ts';
import { STYLE } from './style.ts';
import { element, escaped } from './svg.ts';

/** What holds from `atMs` until the next point. Null: not known then; the line has a gap. */
export interface TimeLinePoint {
  readonly atMs: number;
  /** In the unit of `loadName`. */
  readonly load: number | null;
  readonly wanted: number | null;
  /** Replicas that serve. */
  readonly running: number | null;
  readonly hosts: number | null;
}

export interface TimeLineMark {
  readonly atMs: number;
  /** More, fewer, or anything else that is worth a mark. */
  readonly kind: 'out' | 'in' | 'other';
  /** The reason; shown by viewers when the pointer rests on the mark. */
  readonly text: string;
}

export interface TimeLine {
  readonly title: string;
  /** `cpu, % of the reservation`, `requests a second`. */
  readonly loadName: string;
  readonly time: TimeKind;
  readonly points: readonly TimeLinePoint[];
  readonly marks: readonly TimeLineMark[];
}

export const POINTS_MAX = 1000;
/** Later marks are left out: nobody could tell them apart. */
export const MARKS_MAX = 500;

const WIDTH = 960;
const HEIGHT = 480;
const LEFT = 64;
const RIGHT = WIDTH - 24;
const LOAD = { top: 72, bottom: 216 } as const;
const COUNT = { top: 248, bottom: 408 } as const;
const MARKS_Y = 422;
const TIMES_Y = 452;

interface Panel {
  readonly top: number;
  readonly bottom: number;
}

export function timeLineSvg(line: TimeLine): string {
  const points = thinned(line.points, POINTS_MAX);
  const from = points[0]?.atMs ?? 0;
  const to = Math.max(points.at(-1)?.atMs ?? 0, from + 1000);
  const x = (atMs: number): number => LEFT + ((atMs - from) / (to - from)) * (RIGHT - LEFT);
  const loads = numberTicks(most(points, ['load']), 4);
  const counts = numberTicks(most(points, ['wanted', 'running', 'hosts']), 5, true);
  const times = timeTicks(from, to, 10, line.time);
  const load = scale(LOAD, loads);
  const count = scale(COUNT, counts);
  const content = [
    element('title', {}, escaped(line.title)),
    element('style', {}, STYLE),
    element('rect', { class: 'ground', width: WIDTH, height: HEIGHT }),
    element('text', { class: 'title', x: LEFT, y: 28 }, escaped(line.title)),
    legend(line.loadName),
    grid(LOAD, loads, load),
    grid(COUNT, counts, count),
    timeAxis(times, x, line.time),
    element('path', { class: 'load', d: linePath(points, 'load', x, load) }),
    element('path', { class: 'hosts', d: stepPath(points, 'hosts', x, count) }),
    element('path', { class: 'running', d: stepPath(points, 'running', x, count) }),
    element('path', { class: 'wanted', d: stepPath(points, 'wanted', x, count) }),
    ...line.marks
      .filter(({ atMs }) => atMs >= from && atMs <= to)
      .slice(0, MARKS_MAX)
      .map((mark) => markAt(mark, x(mark.atMs))),
  ].join('\n');
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${String(WIDTH)} ${String(HEIGHT)}`,
    width: WIDTH,
    height: HEIGHT,
    role: 'img',
    'font-family': 'system-ui, sans-serif',
    'font-size': 12,
  };
  return `${element('svg', attributes, `\n${content}\n`)}\n`;
}

type Series = 'load' | 'wanted' | 'running' | 'hosts';

const most = (points: readonly TimeLinePoint[], names: readonly Series[]): number =>
  points.reduce((max, point) => Math.max(max, ...names.map((name) => point[name] ?? 0)), 0);

/** From a value to its height in the panel. */
function scale({ top, bottom }: Panel, ticks: readonly Tick[]): (value: number) => number {
  const max = ticks.at(-1)?.at ?? 1;
  return (value) => bottom - (value / max) * (bottom - top);
}

const grid = (panel: Panel, ticks: readonly Tick[], y: (value: number) => number): string =>
  ticks
    .map(({ at, label }) =>
      [
        element('line', { class: at === 0 ? 'axis' : 'grid', x1: LEFT, x2: RIGHT, y1: y(at), y2: y(at) }),
        element('text', { class: 'tick', x: LEFT - 8, y: y(at) + 4, 'text-anchor': 'end' }, escaped(label)),
      ].join(''),
    )
    .concat(element('line', { class: 'axis', x1: LEFT, x2: LEFT, y1: panel.top, y2: panel.bottom }))
    .join('');

function timeAxis(ticks: readonly Tick[], x: (atMs: number) => number, kind: TimeKind): string {
  const labels = ticks.map(({ at, label }) => {
    const text = element(
      'text',
      { class: 'tick', x: x(at), y: TIMES_Y, 'text-anchor': 'middle' },
      escaped(label),
    );
    const lines = [LOAD, COUNT].map(({ top, bottom }) =>
      element('line', { class: 'grid', x1: x(at), x2: x(at), y1: top, y2: bottom }),
    );
    return `${lines.join('')}${text}`;
  });
  const unit = kind === 'clock' ? 'UTC' : 'since the beginning';
  return `${labels.join('')}${element('text', { class: 'tick', x: RIGHT, y: TIMES_Y + 18, 'text-anchor': 'end' }, unit)}`;
}

/** Names in the order in which the eye meets the lines. */
function legend(loadName: string): string {
  const entries: readonly (readonly [Series, string])[] = [
    ['load', loadName],
    ['wanted', 'replicas wanted'],
    ['running', 'replicas running'],
    ['hosts', 'hosts'],
  ];
  const lines: string[] = [];
  let x = LEFT;
  for (const [name, label] of entries) {
    lines.push(element('line', { class: name, x1: x, x2: x + 20, y1: 48, y2: 48 }));
    lines.push(element('text', { class: 'name', x: x + 26, y: 52 }, escaped(label)));
    x += 26 + label.length * 7 + 24;
  }
  lines.push(element('path', { class: 'out', d: triangle(x + 5, 44, -1) }));
  lines.push(element('path', { class: 'in', d: triangle(x + 19, 52, 1) }));
  lines.push(element('text', { class: 'name', x: x + 30, y: 52 }, 'decisions'));
  return lines.join('');
}

/** A triangle that points up for more, down for fewer. */
const triangle = (x: number, y: number, way: 1 | -1): string =>
  `M${String(x - 5)} ${String(y - way * 8)}h10l-5 ${String(way * 8)}z`;

function markAt({ kind, text }: TimeLineMark, x: number): string {
  const at = Math.round(x * 10) / 10;
  const shape =
    kind === 'other'
      ? { class: 'other', d: `M${String(at)} ${String(MARKS_Y - 5)}l4 4l-4 4l-4 -4z` }
      : { class: kind, d: kind === 'out' ? triangle(at, MARKS_Y - 5, -1) : triangle(at, MARKS_Y + 3, 1) };
  return element('path', shape, element('title', {}, escaped(text)));
}
