import { describe, expect, it } from '@jest/globals';
import { braked, countHops, HOPS_MAX } from '../../../functions/handlers/shared/hops.ts';
import { recordedWakes } from '../../support/in-memory/wakes.ts';

describe('a chain of wakes', () => {
  it('counts on from the longest chain that arrived', () => {
    const hops = countHops();
    expect(hops.next()).toBe(1);
    hops.arrive([3, undefined, 7]);
    expect(hops.next()).toBe(8);
    hops.arrive([undefined]);
    expect(hops.next()).toBe(1);
  });

  it('ends at its maximum, and begins again with a tick', async () => {
    const hops = countHops();
    const recorded = recordedWakes();
    const wakes = braked({ reconcile: (why: string) => recorded.reconcile(why) }, hops);
    hops.arrive([HOPS_MAX - 1]);
    await wakes.reconcile('last');
    hops.arrive([HOPS_MAX]);
    await wakes.reconcile('too many');
    hops.arrive([]);
    await wakes.reconcile('tick');
    expect(recorded.take().map((wake) => ('why' in wake ? wake.why : ''))).toEqual(['last', 'tick']);
  });
});
