/** Every use-case is stopped after each external call, and after each pair of calls, and run again: the same end (I18). */
import { afterAll, describe, expect, it } from '@jest/globals';
import { endOf } from './crash.ts';
import { SCENES } from './scenes.ts';

const points = { singles: 0, pairs: 0 };
const SCENE_MS = 180_000;

describe('stopped at any call and run again, it ends the same', () => {
  it.each(SCENES)(
    '$name',
    async (scene) => {
      const whole = await endOf(scene, []);
      const [total = 0] = whole.calls;
      expect(total).toBeGreaterThan(0);
      for (let first = 1; first <= total; first += 1) {
        const single = await endOf(scene, [first]);
        expect([first, single.state]).toEqual([first, whole.state]);
        points.singles += 1;
        const again = single.calls[1] ?? 0;
        for (let second = 1; second <= again; second += 1) {
          expect([first, second, (await endOf(scene, [first, second])).state]).toEqual([
            first,
            second,
            whole.state,
          ]);
          points.pairs += 1;
        }
      }
    },
    SCENE_MS,
  );
});

afterAll(() => {
  console.log(`${points.singles} crash points and ${points.pairs} pairs of them, all covered`);
});
