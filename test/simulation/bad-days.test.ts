/** Bad days on fresh seeds, and what is promised of the simulation itself. */
import { describe, expect, it } from '@jest/globals';
import { availableParallelism } from 'node:os';
import { runCampaign } from './campaign.ts';
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

/** Enough that rare meetings of faults come by. */
const HOURS = 1000;
const CAMPAIGN_MS = 15 * 60_000;

describe('bad days', () => {
  it(
    `break no invariant in ${HOURS} cluster-hours on fresh seeds`,
    async () => {
      const seed = Date.now().toString(36);
      const workers = Math.min(2, availableParallelism());
      const sum = await runCampaign({ hours: HOURS, seed, workers });
      const faults = Object.values(sum.faults).reduce((total, count) => total + count, 0);
      console.log(
        `seed ${seed}: ${sum.clusterHours} cluster-hours in ${sum.seconds.toFixed(0)} s, ${sum.events} events, ${faults} faults`,
      );
      const failed = sum.failed.map(
        (day) => `npm run simulate -- --day ${day.seed}: ${day.violation?.message}`,
      );
      expect(failed).toEqual([]);
      expect(sum.clusterHours).toBeGreaterThanOrEqual(HOURS);
    },
    CAMPAIGN_MS,
  );
});

describe('a day', () => {
  it('goes the same way twice with the same seed (I36)', async () => {
    const day = planDay('twice', 2);
    const first = await runDay(day);
    expect(await runDay(day)).toEqual(first);
    expect((await runDay(planDay('another', 2))).hash).not.toBe(first.hash);
  }, 120_000);

  it('goes the same way whatever the agents’ clocks say (I20)', async () => {
    const day = planDay('clocks', 2);
    const right = await runDay(day, { skewMs: 0 });
    expect(right.violation).toBeUndefined();
    expect((await runDay(day, { skewMs: 3_600_000 })).hash).toBe(right.hash);
  }, 120_000);
});
