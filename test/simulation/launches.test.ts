/** Launches while EC2 gives every error that it has: none is leaked, none is doubled. */
import { describe, expect, it } from '@jest/globals';
import { BUGS } from './launches/bugs.ts';
import { manyLaunches } from './launches/many-launches.ts';
import { runLaunches } from './launches/run-launches.ts';

describe('launches on bad days', () => {
  manyLaunches(2000, 120_000);

  it('are the same on the same seed', async () => {
    expect(await runLaunches('again', 1)).toEqual(await runLaunches('again', 1));
  }, 30_000);
});

describe('a planted bug is seen:', () => {
  it.each([
    ['no client token', /has the instances i-/],
    ['a new token where the outcome is not known', /has the instances i-/],
    ['no collection', /^five minutes after the faults: i-\w+ of h-\w+ runs, and no row stands for it/],
  ] as const)(
    '%s',
    async (name, words) => {
      const seen: string[] = [];
      for (let seed = 1; seed <= 8 && seen.length === 0; seed += 1) {
        const { violation } = await runLaunches(`planted-${seed}`, 1, BUGS[name]);
        if (violation !== undefined) seen.push(violation);
      }
      expect(seen).toEqual([expect.stringMatching(words)]);
    },
    60_000,
  );
});
