/**
 * Days that broke an invariant once, each with what was wrong. They run again for ever. Their plans are kept as they were
 * (`test/simulation/days`), since a seed means another day as soon as there is another kind of fault.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Day } from './plan/plan.ts';
import { runDay } from './run-day.ts';

const DAYS: readonly { readonly name: string; readonly story: string }[] = [
  {
    name: 'answers-lost',
    story: 'answers to reports were lost, and things became as they were before: nothing was told again',
  },
  {
    name: 'crashes-on-a-drained-host',
    story:
      'a new version that crashes was on a host that is emptied: it, its replacement and the old version were three, and the checker knew two',
  },
  {
    name: 'drain-called-off',
    story: 'a drain was called off while no loop was woken, and the checker did not wait for the next pass',
  },
  {
    name: 'published-again',
    story:
      'a slow pass put into DNS what had been out of it, while another took the old absence for a reason to stop it',
  },
  {
    name: 'rebooted-with-the-last',
    story: 'a host with the only replica rebooted, and the checker believed what it had reported before',
  },
  {
    name: 'terminated-unheard',
    story: 'a host that was not heard is terminated: for the hour that its row is kept no host was let go',
  },
];

const planOf = (name: string): Day =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'days', `${name}.json`), 'utf8')) as Day;

describe('a day that went wrong once', () => {
  it.each(DAYS)(
    '$name: $story',
    async ({ name }) => {
      const { violation, clusterHours } = await runDay(planOf(name));
      expect(violation).toBeUndefined();
      expect(clusterHours).toBeGreaterThan(0);
    },
    120_000,
  );
});
