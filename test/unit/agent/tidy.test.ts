/** When the agent gives the memory of a burst back. */
import { describe, expect, it } from '@jest/globals';
import { createTidy, QUIET_MS } from '../../../agent/loops/tidy.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

describe('the memory of a burst', () => {
  it('is given back once, when nothing was done for a while, and again after the next one', async () => {
    const clock = virtualClock(0);
    const freedAtMs: number[] = [];
    const tidy = createTidy(clock, () => freedAtMs.push(clock.now()));
    await clock.advance(QUIET_MS);
    expect(freedAtMs).toEqual([]);
    for (let step = 0; step < 5; step += 1) {
      tidy.used();
      await clock.advance(QUIET_MS - 1);
    }
    expect(freedAtMs).toEqual([]);
    await clock.advance(1);
    await clock.advance(10 * QUIET_MS);
    const [first = 0] = freedAtMs;
    expect(freedAtMs).toEqual([first]);
    tidy.used();
    await clock.advance(QUIET_MS);
    expect(freedAtMs).toEqual([first, clock.now()]);
  });
});
