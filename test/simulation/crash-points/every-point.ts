/** The case that a scene ends the same wherever it is stopped, once and once again. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { endOf } from './crash.ts';
import { SCENES } from './scenes.ts';

/** What only reads. To be stopped after it leaves what being stopped after the call before it leaves. */
const READING = /^(?:load|list|get|impaired|isInSync)/;

/**
 * After which calls to stop, counted from 1.
 *
 * `all`: after each. Else after each that may have changed something, and after the first, which stands for all readings
 * before them.
 */
const stopsOf = (calls: readonly string[], all: boolean): number[] =>
  calls.flatMap((name, index) => (all || index === 0 || !READING.test(name) ? [index + 1] : []));

/** Registers a case for each scene. `all`: also stops that leave what another one leaves. */
export function everyPoint({ all, sceneMs }: { readonly all: boolean; readonly sceneMs: number }): void {
  const points = { singles: 0, pairs: 0, same: 0 };
  const covered = (calls: readonly string[]): number[] => {
    const stops = stopsOf(calls, all);
    points.same += calls.length - stops.length;
    return stops;
  };

  describe('stopped at any call and run again, it ends the same', () => {
    it.each(SCENES)(
      '$name',
      async (scene) => {
        const whole = await endOf(scene, []);
        const calls = whole.calls[0] ?? [];
        expect(calls.length).toBeGreaterThan(0);
        for (const first of covered(calls)) {
          const single = await endOf(scene, [first]);
          expect([first, single.state]).toEqual([first, whole.state]);
          points.singles += 1;
          for (const second of covered(single.calls[1] ?? [])) {
            const stops = [first, second];
            expect([stops, (await endOf(scene, stops)).state]).toEqual([stops, whole.state]);
            points.pairs += 1;
          }
        }
      },
      sceneMs,
    );
  });

  afterAll(() => {
    const { singles, pairs, same } = points;
    console.log(
      `${singles} crash points and ${pairs} pairs of them, all covered; ${same} more would leave what one of these leaves`,
    );
  });
}
