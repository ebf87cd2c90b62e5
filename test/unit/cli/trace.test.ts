import { describe, expect, it } from '@jest/globals';
import { parseTrace, TRACE_SECONDS_MAX } from '../../../cli/simulate/trace.ts';

const problemsOf = (text: string) => {
  const parsed = parseTrace(text);
  return parsed.kind === 'refused' ? parsed.problems.map(({ line, message }) => `${line}: ${message}`) : [];
};

describe('a load', () => {
  it('holds each value until the next, the last as long as the one before', () => {
    expect(parseTrace('second,load\n0,5\n2,7.5\n5,1e1\n')).toMatchObject({
      kind: 'trace',
      load: [5, 5, 7.5, 7.5, 7.5, 10, 10, 10],
      time: 'elapsed',
    });
    expect(parseTrace('second,load\n7,1')).toMatchObject({ load: [1] });
  });

  it('has its own clock where it has times, and begins on a Monday where it has seconds', () => {
    const text = '\ufeffTime, Load\r\n2027-01-18T09:00:00+01:00,1\r\n2027-01-18T08:00:02Z,2\r\n\r\n';
    expect(parseTrace(text)).toEqual({
      kind: 'trace',
      load: [1, 1, 2, 2],
      startMs: Date.UTC(2027, 0, 18, 8),
      time: 'clock',
    });
    const seconds = parseTrace('second,load\n90,1');
    if (seconds.kind !== 'trace') throw new Error('refused');
    expect(new Date(seconds.startMs).toUTCString()).toMatch(/^Mon, .* 00:01:30 GMT$/);
  });

  it.each([
    ['', '1: the header is neither `second,load` nor `time,load`'],
    ['load\n1', '1: the header is neither `second,load` nor `time,load`'],
    ['second,load\n', '1: there is no line below the header'],
    ['second,load\n0,1\n\n2,1', '3: `` is no whole second from 0 on'],
    ['second,load\n0,-1', '2: `-1` is no load'],
    ['second,load\n0,', '2: `` is no load'],
    ['second,load\n0,Infinity', '2: `Infinity` is no load'],
    ['second,load\n0,1,2', '2: has 3 columns'],
    ['second,load\n1.5,1', '2: `1.5` is no whole second from 0 on'],
    ['second,load\n0,1\n0,2', '3: is not after line 2'],
    ['time,load\n2027-01-18 09:00,1', '2: `2027-01-18 09:00` is no time'],
    ['time,load\n2027-13-18T09:00Z,1', '2: `2027-13-18T09:00Z` is no time'],
    [`second,load\n0,1\n${TRACE_SECONDS_MAX},1`, '3: is more than 31 days after the beginning'],
  ])('%j is refused with its line', (text, problem) => expect(problemsOf(text)).toEqual([problem]));

  it('tells of every wrong line, twenty at most, and is bounded by a month', () => {
    expect(problemsOf(`second,load\n${'x,1\n'.repeat(30)}`)).toHaveLength(20);
    const month = parseTrace(`second,load\n0,1\n${TRACE_SECONDS_MAX - 1},2`);
    expect(month.kind === 'trace' && month.load.length).toBe(TRACE_SECONDS_MAX);
  });
});
