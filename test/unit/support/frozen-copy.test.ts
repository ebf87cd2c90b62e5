import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frozenCopy } from '../../support/in-memory/versioned-rows.ts';

describe('frozenCopy', () => {
  it('makes what JSON makes, also of what a table cannot hold', () => {
    const values = fc.anything({ withDate: true, withSparseArray: true, maxDepth: 4 });
    fc.assert(
      fc.property(fc.record({ value: values }), ({ value }) => {
        const row = { value };
        expect(frozenCopy(row)).toEqual(JSON.parse(JSON.stringify(row)));
      }),
    );
  });

  it('knows no negative zero, as JSON does not', () => {
    expect(frozenCopy({ value: { zero: -0 } })).toEqual({ value: { zero: 0 } });
  });

  it('is frozen through and through, and shares nothing with what may change', () => {
    const row = { list: [{ name: 'a' }] };
    const copy = frozenCopy(row);
    row.list[0]!.name = 'b';
    expect(copy).toEqual({ list: [{ name: 'a' }] });
    expect([copy, copy.list, copy.list[0]].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('takes over the parts of an earlier copy, and not those that only are frozen', () => {
    const before = frozenCopy({ list: [{ name: 'a' }] });
    expect(frozenCopy({ ...before, version: 2 }).list).toBe(before.list);
    const half = Object.freeze({ inner: { name: 'a' } });
    const copy = frozenCopy({ half });
    half.inner.name = 'b';
    expect(copy.half.inner.name).toBe('a');
  });
});
