/** Every invariant is alive: a bug planted against it turns it red. */
import { describe, expect, it } from '@jest/globals';
import { dayFor } from './mutant-days.ts';
import { MUTANTS } from './mutants.ts';
import { planDay } from './plan/plan.ts';
import { runDay } from './run-day.ts';

/** Seeds to try: some bugs need a certain fault to show. */
const SEEDS = 6;
/** About services that follow a load. */
const FOLLOWS = ['I37', 'I38'];

describe('a planted bug turns its invariant red', () => {
  it.each(Object.entries(MUTANTS))(
    '%s',
    async (invariant, mutant) => {
      const seen = new Set<string>();
      for (let seed = 1; seed <= SEEDS && !seen.has(invariant); seed += 1) {
        const follows = FOLLOWS.includes(invariant) || undefined;
        const day = dayFor(invariant, planDay(`mutant-${seed}`, 2, follows, false));
        const { broken } = await runDay(day, { mutant });
        for (const one of broken) seen.add(one);
      }
      expect([...seen]).toContain(invariant);
    },
    240_000,
  );
});
