import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  LOOK_APART_MS,
  lookTwice,
  MARK_KEPT_MS,
  mostAtOnce,
  NO_MARKS,
  type Marks,
} from '../../../../functions/core/garbage/two-looks.ts';
import { NOW } from '../../../support/builders.ts';

const things = (...keys: string[]) => keys.map((key) => ({ key }));
const look = (keys: string[], before: Marks, nowMs: number, total = 100) =>
  lookTwice(things(...keys), before, { total, nowMs });

describe('two looks', () => {
  it('mark first and delete later', () => {
    const first = look(['a'], NO_MARKS, NOW);
    expect([first.due, first.lookAtMs]).toEqual([[], NOW + LOOK_APART_MS]);
    expect(look(['a'], first.marks, NOW + LOOK_APART_MS - 1).due).toEqual([]);
    const second = look(['a'], first.marks, NOW + LOOK_APART_MS);
    expect([second.due, second.marks.size, second.lookAtMs]).toEqual([[{ key: 'a' }], 0, null]);
  });

  it('forget what was not found again, and what nobody confirmed for long', () => {
    const first = look(['a'], NO_MARKS, NOW);
    const gone = look([], first.marks, NOW + LOOK_APART_MS);
    expect(look(['a'], gone.marks, NOW + 2 * LOOK_APART_MS).due).toEqual([]);
    expect(look(['a'], first.marks, NOW + MARK_KEPT_MS + 1).due).toEqual([]);
  });

  it('let a tenth go at once, and at least one', () => {
    expect([0, 1, 9, 10, 19, 250].map(mostAtOnce)).toEqual([1, 1, 1, 1, 1, 25]);
    const keys = ['a', 'b', 'c'];
    const first = look(keys, NO_MARKS, NOW, 25);
    const second = look(keys, first.marks, NOW + LOOK_APART_MS, 25);
    expect(second.due.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(look(['c'], second.marks, NOW + LOOK_APART_MS + 1, 25).due).toEqual([]);
    expect(look(['c'], second.marks, NOW + 2 * LOOK_APART_MS, 25).due).toEqual(things('c'));
  });

  it('never delete what two looks, apart, one after the other, did not both find', () => {
    const pass = fc.record({
      found: fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd'), { maxLength: 4 }),
      afterMs: fc.integer({ min: 1, max: 2 * LOOK_APART_MS }),
    });
    fc.assert(
      fc.property(fc.array(pass, { maxLength: 30 }), fc.integer({ min: 0, max: 60 }), (passes, total) => {
        let marks: Marks = NO_MARKS;
        let nowMs = NOW;
        const seenSince = new Map<string, number>();
        for (const { found, afterMs } of passes) {
          nowMs += afterMs;
          const verdict = lookTwice(things(...found), marks, { total, nowMs });
          for (const key of [...seenSince.keys()]) if (!found.includes(key)) seenSince.delete(key);
          for (const { key } of verdict.due) {
            expect(found).toContain(key);
            expect(nowMs - (seenSince.get(key) ?? nowMs)).toBeGreaterThanOrEqual(LOOK_APART_MS);
          }
          expect(verdict.due.length).toBeLessThanOrEqual(mostAtOnce(total));
          for (const key of found) if (!seenSince.has(key)) seenSince.set(key, nowMs);
          marks = verdict.marks;
        }
      }),
    );
  });
});
