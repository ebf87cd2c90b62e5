/** Bad days on fresh seeds, and what is promised of the simulation itself. */
import { describe, expect, it } from '@jest/globals';
import { freshDays } from './fresh-days.ts';
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

/** As many as every run has time for; a thousand and more are run by `npm run soak`. */
const HOURS = 15;

describe('bad days', () => freshDays(HOURS, 10 * 60_000));

describe('a day', () => {
  it('goes the same way twice with the same seed (I36)', async () => {
    const day = planDay('twice', 1);
    const first = await runDay(day);
    expect(await runDay(day)).toEqual(first);
    expect((await runDay(planDay('another', 1))).hash).not.toBe(first.hash);
  }, 120_000);

  it('goes the same way whatever the agents’ clocks say (I20)', async () => {
    const day = planDay('clocks', 1);
    const right = await runDay(day, { skewMs: 0 });
    expect(right.violation).toBeUndefined();
    expect((await runDay(day, { skewMs: 3_600_000 })).hash).toBe(right.hash);
  }, 120_000);
});
