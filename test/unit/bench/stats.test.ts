import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { median, showMs, showRatio, summarize } from '../../../bench/lib/stats.ts';

describe('median', () => {
  it.each([
    [[3], 3],
    [[1, 2], 1.5],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[1, 1, 1, 1, 100], 1],
  ])('%j is %d', (values, middle) => expect(median(values)).toBe(middle));

  it('has as many values below as above, whatever the order, and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const before = [...values];
        const middle = median(values);
        expect(values).toEqual(before);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it('of nothing is an error, not NaN', () => expect(() => median([])).toThrow(RangeError));
});

it('summaries and their words', () => {
  expect(summarize([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30, rounds: 3 });
  expect([showMs(0.4), showMs(999.4), showMs(1470), showMs(-54), showRatio(1.249)]).toEqual([
    '0 ms',
    '999 ms',
    '1.47 s',
    '-54 ms',
    '1.25x',
  ]);
});
