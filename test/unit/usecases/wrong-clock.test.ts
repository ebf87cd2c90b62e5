/** A host whose clock is wrong: told in the list of hosts, and no ground for any decision. */
import { expect, it } from '@jest/globals';
import { listHosts } from '../../../functions/usecases/list-hosts.ts';
import { judgeHosts } from '../../../functions/core/health/judge-hosts.ts';
import { host, hostView, lease, NOW, snapshot } from '../../support/builders.ts';

const view = (clockAheadMs?: number, reason = '') => {
  const one = host('a', { reason });
  return { ...hostView(one), lease: lease(one, 1000, clockAheadMs === undefined ? {} : { clockAheadMs }) };
};
const reasonOf = async (clockAheadMs?: number, reason?: string): Promise<string | undefined> => {
  const load = () => Promise.resolve(snapshot({ hosts: [view(clockAheadMs, reason)] }));
  return (await listHosts({ load })())[0]?.reason;
};

it.each([
  [undefined, '', ''],
  [undefined, 'told so', 'told so'],
  [600_000, '', 'its clock is 600 s ahead: set it (chronyc makestep)'],
  [-599_600, 'told so', 'told so; its clock is 600 s behind: set it (chronyc makestep)'],
])('#35 ahead by %p, it is told', async (aheadMs, reason, words) => {
  expect(await reasonOf(aheadMs, reason)).toBe(words);
});

it('#35 however wrong, it is judged alike', () => {
  const judged = (clockAheadMs?: number) =>
    judgeHosts(snapshot({ hosts: [view(clockAheadMs)] }), new Map(), NOW);
  for (const ahead of [600_000, -600_000, 365 * 86_400_000]) expect(judged(ahead)).toEqual(judged());
});
