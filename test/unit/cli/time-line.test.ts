import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { elapsed, numberTicks, timeTicks } from '../../../cli/output/plot/axis.ts';
import { linePath, stepPath, thinned } from '../../../cli/output/plot/paths.ts';
import { escaped } from '../../../cli/output/plot/svg.ts';
import {
  MARKS_MAX,
  POINTS_MAX,
  timeLineSvg,
  type TimeLine,
  type TimeLinePoint,
} from '../../../cli/output/plot/time-line.ts';

const value = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }));
const points = fc
  .array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 2 ** 41 }),
      load: value,
      wanted: value,
      running: value,
      hosts: value,
    }),
    { maxLength: 60 },
  )
  .map((all) => all.sort((a, b) => a.atMs - b.atMs));

const lineOf = (over: Partial<TimeLine>): TimeLine => ({
  title: 'shop/web',
  loadName: 'requests a second',
  time: 'elapsed',
  points: [],
  marks: [],
  ...over,
});
const point = (atMs: number, wanted: number | null, load: number | null = wanted): TimeLinePoint => ({
  atMs,
  load,
  wanted,
  running: wanted,
  hosts: 1,
});

/** What keeps a text from being well-formed XML, or null; it knows as much of XML as these documents use. */
function flaw(xml: string): string | null {
  const token = /<(\/?)([a-z]+)((?: [a-zA-Z][a-zA-Z0-9-]*="[^"<]*")*)(\/?)>|[^<]+/gy;
  const open: string[] = [];
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const [text, closes, name, attributes = '', isEmpty] = token.exec(xml) ?? [];
    if (text === undefined) return `no token at ${at}: ${xml.slice(at, at + 40)}`;
    if (/&(?!(?:amp|lt|gt|quot);)/.test(name === undefined ? text : attributes)) return `a bare & in ${text}`;
    if (name === undefined || isEmpty !== '') continue;
    if (closes === '') open.push(name);
    else if (open.pop() !== name) return `</${name}> closes another`;
  }
  if (open.length > 0) return `<${open.join('> <')}> is not closed`;
  // eslint-disable-next-line no-control-regex -- these are meant
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(xml)
    ? 'a forbidden character'
    : null;
}

describe('a time line', () => {
  it('is well-formed and holds only numbers, whatever its values and texts', () =>
    fc.assert(
      fc.property(
        points,
        fc.string({ unit: 'binary' }),
        fc.constantFrom('clock' as const, 'elapsed' as const),
        (all, text, time) => {
          const marks = all.map(({ atMs }) => ({ atMs, kind: 'out' as const, text }));
          const svg = timeLineSvg(lineOf({ title: text, loadName: text, time, points: all, marks }));
          expect(flaw(svg)).toBeNull();
          expect(svg).not.toMatch(/NaN|Infinity|undefined|="null"/);
        },
      ),
      { numRuns: 100 },
    ));

  it('would be told if it were not well-formed', () => {
    expect([flaw('<a><b></a>'), flaw('<a>'), flaw('a & b'), flaw('<a b="<"/>')]).not.toContain(null);
    expect(flaw('<a b="1 &amp; 2"><b/>c</a>')).toBeNull();
  });

  it('keeps texts as texts', () => {
    const title = '<script>alert("1 & 2")</script>\u0000\ud800';
    expect(timeLineSvg(lineOf({ title }))).toContain(
      '&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;\ufffd',
    );
    expect(escaped('a\u0008b')).toBe('ab');
  });

  it('marks each decision with its reason, none outside of its time, and no more than anyone can see', () => {
    const marks = [-1, 0, 30_000, 60_001].map((atMs) => ({ atMs, kind: 'in' as const, text: `at ${atMs}` }));
    const svg = timeLineSvg(lineOf({ points: [point(0, 2), point(60_000, 1)], marks }));
    expect([...svg.matchAll(/<title>(at [^<]*)/g)].map(([, text]) => text)).toEqual(['at 0', 'at 30000']);
    const many = Array.from({ length: MARKS_MAX + 1 }, () => ({
      atMs: 0,
      kind: 'out' as const,
      text: 'more',
    }));
    const crowded = timeLineSvg(lineOf({ points: [point(0, 1), point(1000, 1)], marks: many }));
    expect(crowded.match(/<title>more/g)).toHaveLength(MARKS_MAX);
  });

  it('is bounded, and keeps every peak', () => {
    const all = Array.from({ length: 50_000 }, (_, index) => point(index * 1000, index === 31_415 ? 99 : 1));
    const few = thinned(all, POINTS_MAX);
    expect(few.length).toBeLessThanOrEqual(POINTS_MAX);
    expect(Math.max(...few.map(({ wanted }) => wanted ?? 0))).toBe(99);
    expect([few[0]?.atMs, few.at(-1)?.atMs]).toEqual([0, 49_999_000]);
    expect(timeLineSvg(lineOf({ points: all })).length).toBeLessThan(60_000);
  });

  it('is fit for dark ground as well', () => {
    expect(timeLineSvg(lineOf({}))).toContain('@media (prefers-color-scheme: dark)');
  });
});

describe('lines', () => {
  const same = (one: number): number => one;

  it('step at each change, hold until the end, and have gaps where nothing is known', () => {
    const steps = [point(0, 1), point(10, 1), point(20, 3), point(30, null), point(40, 2), point(50, 2)];
    expect(stepPath(steps, 'wanted', same, same)).toBe('M0 1H20V3H30M40 2H50');
    expect(linePath(steps, 'load', same, same)).toBe('M0 1L10 1L20 3M40 2L50 2');
  });
});

describe('axes', () => {
  it('have round steps that hold the most', () => {
    const labels = (max: number, count: number, whole = false) =>
      numberTicks(max, count, whole).map(({ label }) => label);
    expect(labels(396, 4)).toEqual(['0', '100', '200', '300', '400']);
    expect(labels(0.3, 4)).toEqual(['0', '0.1', '0.2', '0.3']);
    expect(labels(3, 5, true)).toEqual(['0', '1', '2', '3']);
    expect(labels(0, 4, true)).toEqual(['0', '1']);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: 1, max: 10 }),
        (max, count) => {
          const ticks = numberTicks(max, count);
          expect(ticks.length).toBeLessThanOrEqual(count + 2);
          expect(ticks.at(-1)!.at).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        },
      ),
    );
  });

  it('have times of day, or times since the beginning', () => {
    const noon = Date.UTC(2027, 0, 18, 12, 7);
    const hour = timeTicks(noon, noon + 3_600_000, 10, 'clock').map(({ label }) => label);
    expect(hour).toEqual(['12:10', '12:20', '12:30', '12:40', '12:50', '13:00']);
    const days = timeTicks(noon, noon + 6 * 86_400_000, 10, 'clock').map(({ label }) => label);
    expect(days).toEqual(['01-19', '01-20', '01-21', '01-22', '01-23', '01-24']);
    const since = timeTicks(noon, noon + 3_600_000, 10, 'elapsed').map(({ label }) => label);
    expect(since).toEqual(['0', '10 min', '20 min', '30 min', '40 min', '50 min', '1 h']);
    expect([15_000, 90_000, 5_400_000, 90_000_000].map(elapsed)).toEqual([
      '15 s',
      '1:30 min',
      '1 h 30',
      '1 d 1 h',
    ]);
  });
});
