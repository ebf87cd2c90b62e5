/** Days that broke an invariant once, each with what was wrong. They run again for ever. */
import { describe, expect, it } from '@jest/globals';
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

interface NamedDay {
  readonly story: string;
  readonly seed: string;
  /** Hours until it broke; the day itself was planned with six. */
  readonly hours: number;
}

const DAYS: readonly NamedDay[] = [
  {
    story: 'answers to reports were lost, and things became as they were before: nothing was told again',
    seed: 'mwscuvf1-1',
    hours: 2,
  },
];

describe('a day that went wrong once', () => {
  it.each(DAYS)(
    '$seed: $story',
    async ({ seed, hours }) => {
      const { violation, clusterHours } = await runDay({ ...planDay(seed, 6), hours });
      expect(violation).toBeUndefined();
      expect(clusterHours).toBeGreaterThan(0);
    },
    120_000,
  );
});
