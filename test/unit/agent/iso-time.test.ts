import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isoTime } from '../../../agent/iso-time.ts';

describe('a time as text', () => {
  it('is what Node would say, whenever it is', () => {
    const years0To9999 = fc.integer({
      min: Date.UTC(2000, 0, 1) - 63_113_904_000_000,
      max: 253_402_300_799_999,
    });
    fc.assert(
      fc.property(years0To9999, (ms) => {
        expect(isoTime(ms)).toBe(new Date(ms).toISOString());
      }),
    );
  });

  it('is right on the days around the end of February, and of a year', () => {
    for (const year of [1900, 1970, 2000, 2024, 2026, 2100])
      for (const [month, day] of [
        [1, 28],
        [1, 29],
        [2, 1],
        [11, 31],
        [0, 1],
      ] as const) {
        const ms = Date.UTC(year, month, day, 23, 59, 59, 999);
        expect(isoTime(ms)).toBe(new Date(ms).toISOString());
      }
  });

  it('leaves fractions of a millisecond away', () => {
    expect(isoTime(0.9)).toBe('1970-01-01T00:00:00.000Z');
  });
});
