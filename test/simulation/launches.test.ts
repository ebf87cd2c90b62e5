/** Launches while EC2 gives every error that it has: none is leaked, none is doubled. */
import { describe, expect, it } from '@jest/globals';
import { BUGS } from './launches/bugs.ts';
import { manyLaunches } from './launches/many-launches.ts';
import { runLaunches } from './launches/run-launches.ts';

describe('launches on bad days', () => {
  manyLaunches(1000, 120_000);

  it('are the same on the same seed', async () => {
    expect(await runLaunches('again', 1)).toEqual(await runLaunches('again', 1));
  }, 30_000);
});

describe('a planted bug is seen:', () => {
  it.each([
    ['no client token', 2, /asked for \d+ and has the instances i-/],
    ['a new token where the outcome is not known', 8, /was given up, and i-\w+ of its batch runs/],
    ['no collection', 2, /^five minutes after the faults: i-\w+ of b-\w+ runs, and no row stands for it/],
  ] as const)(
    '%s',
    async (name, from, words) => {
      const seen: string[] = [];
      // It shows on the first of them; should chance fall otherwise one day, on one of the others.
      for (let seed = from; seed < from + 8 && seen.length === 0; seed += 1) {
        const { violation } = await runLaunches(`planted-${seed}`, 1, BUGS[name]);
        if (violation !== undefined) seen.push(violation);
      }
      expect(seen).toEqual([expect.stringMatching(words)]);
    },
    60_000,
  );
});
