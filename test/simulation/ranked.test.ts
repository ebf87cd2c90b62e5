/** Days on which services have priorities, and large replicas find no room: lower ones leave, within their budgets (I21). */
import { describe, expect, it } from '@jest/globals';
import type { Mutant } from './mutants.ts';
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

const SEEDS = ['ranked-5', 'ranked-8'];

/** Plants nothing: it counts the tasks that leave for others. */
const observer =
  (leaving: Set<string>): Mutant =>
  () => ({
    stores: (stores) => ({
      ...stores,
      hosts: {
        ...stores.hosts,
        putManifest: (manifest, version) => {
          for (const one of manifest.assignments)
            if (one.wanted === 'drain' && one.reason.includes('needs its room')) leaving.add(one.task);
          return stores.hosts.putManifest(manifest, version);
        },
      },
    }),
  });

describe('services of several priorities', () => {
  it.each(SEEDS)(
    '%s',
    async (seed) => {
      const leaving = new Set<string>();
      const { violation } = await runDay(planDay(seed, 2, false, true), { mutant: observer(leaving) });
      expect(violation).toBeUndefined();
      expect(leaving.size).toBeGreaterThan(0);
    },
    240_000,
  );
});
