import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeepEqual } from '../../../functions/core/deep-equal.ts';

const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('isDeepEqual', () => {
  it('finds each plain value equal to its copy', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => isDeepEqual(copyOf(value), copyOf(value))));
  });

  it('tells apart what JSON tells apart, but for the order of properties', () => {
    const sorted = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(sorted);
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, part]) => [key, sorted(part)]),
      );
    };
    const text = (value: unknown): string => JSON.stringify(sorted(copyOf(value)));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) =>
        Object.is(isDeepEqual(copyOf(a), copyOf(b)), text(a) === text(b)),
      ),
    );
  });

  it.each([
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[], {}, false],
    [[1, 2], [1], false],
    [null, {}, false],
    [0, '0', false],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(isDeepEqual(a, b)).toBe(expected);
    expect(isDeepEqual(b, a)).toBe(expected);
  });
});
