/** Days on which services follow a load: within their bounds, and without swinging. */
import { describe, expect, it } from '@jest/globals';
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

const SEEDS = ['follows-1', 'follows-2'];

describe('services that follow a load', () => {
  it.each(SEEDS)(
    '%s',
    async (seed) => {
      const { violation, checked } = await runDay(planDay(seed, 2, true));
      expect(violation).toBeUndefined();
      expect(checked['I37']).toBeGreaterThan(0);
      expect(checked['I38']).toBeGreaterThan(0);
    },
    240_000,
  );
});
