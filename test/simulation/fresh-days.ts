/** The case that a run of so many cluster-hours, on seeds that nobody has seen, breaks no invariant. */
import { availableParallelism } from 'node:os';
import { expect, it } from '@jest/globals';
import { runCampaign } from './campaign.ts';

/** @param hours cluster-hours, each with at least ten hosts, a fault and a deploy */
export function freshDays(hours: number, timeoutMs: number): void {
  it(
    `break no invariant in ${hours} cluster-hours on fresh seeds`,
    async () => {
      const seed = Date.now().toString(36);
      const workers = Math.min(2, availableParallelism());
      const sum = await runCampaign({ hours, seed, workers });
      const faults = Object.values(sum.faults).reduce((total, count) => total + count, 0);
      console.log(
        `seed ${seed}: ${sum.clusterHours} cluster-hours in ${sum.seconds.toFixed(0)} s, ${sum.events} events, ${faults} faults`,
      );
      const failed = sum.failed.map(
        (day) => `npm run simulate -- --day ${day.seed}: ${day.violation?.message}`,
      );
      expect(failed).toEqual([]);
      expect(sum.clusterHours).toBeGreaterThanOrEqual(hours);
    },
    timeoutMs,
  );
}
