/** For whom no host can come: what the provision loop finds, and what it remembers of it. */
import { FILE_ALONE } from '../../../../functions/core/model/price.ts';
import { describe, expect, it } from '@jest/globals';
import { planHosts } from '../../../../functions/core/hosts/plan-hosts.ts';
import { NOTHING_SHORT } from '../../../../functions/core/model/offering.ts';
import { IN_VAIN_MAX, noteInVain } from '../../../../functions/core/preemption/may-preempt.ts';
import { MIB, NOW, settings, snapshot } from '../../../support/builders.ts';
import { needs } from '../../../support/placement-cases.ts';

const MINUTE = 60_000;
const state = (inVain: ReturnType<typeof noteInVain> = [], changedAtMs?: number) =>
  snapshot({
    offerings: { ...NOTHING_SHORT, inVain },
    settingsChange: changedAtMs === undefined ? null : { number: 1, atMs: changedAtMs, message: '' },
  });

describe('what is remembered of tasks for which no host can come', () => {
  const web = needs({ slot: 3 });
  const first = noteInVain(state(), [web], NOW);

  it('is the replica, what it asked for, and since when', () => {
    expect(first).toEqual([{ replica: 'shop/web-3', digest: 'd1', atMs: NOW }]);
  });

  it('stays the same list as long as nothing changes, and is nothing again afterwards', () => {
    expect(noteInVain(state(first), [web], NOW + MINUTE)).toBe(first);
    expect(noteInVain(state(first), [], NOW + MINUTE)).toEqual([]);
    const empty = state();
    expect(noteInVain(empty, [], NOW)).toBe(empty.offerings.inVain);
  });

  it('is found anew for another revision, and after the pools were changed', () => {
    const later = NOW + MINUTE;
    expect(noteInVain(state(first), [{ ...web, digest: 'd2' }], later)[0]?.atMs).toBe(later);
    expect(noteInVain(state(first, NOW + 1), [web], later)[0]?.atMs).toBe(later);
    expect(noteInVain(state(first, NOW), [web], later)).toBe(first);
  });

  it(`is bounded: the first ${IN_VAIN_MAX} of the plan`, () => {
    const many = Array.from({ length: IN_VAIN_MAX + 1 }, (_, index) => needs({ slot: index + 1 }));
    const noted = noteInVain(state(), many, NOW);
    expect([noted.length, noted.at(-1)?.replica]).toEqual([IN_VAIN_MAX, `shop/web-${IN_VAIN_MAX}`]);
  });
});

describe('no host can come', () => {
  const size = { cpuMillis: 2000, memoryBytes: 2048 * MIB, quota: 'L-1216C47A' };
  const catalog = {
    types: new Map([['t3.small', size]]),
    securityGroups: [],
    subnets: [{ id: 'subnet-a', zone: 'us-east-1a', name: '' }],
    prices: FILE_ALONE,
  };
  const inVain = (hostsMax: number, ...tasks: readonly ReturnType<typeof needs>[]) => {
    const pool = { instanceType: 't3.small', architecture: 'x86_64' as const, hostsMax };
    const plan = planHosts({
      snapshot: snapshot({ settings: settings({ pool }) }),
      unplaced: tasks.map((one) => ({ needs: one, refusals: [], reason: '' })),
      ...{ catalog, memory: NOTHING_SHORT, limit: 10, nowMs: NOW },
    });
    return plan.inVain.map((one) => one.needs.slot);
  };
  const whole = (slot: number) => needs({ slot, cpuMillis: 1800 });

  it.each([
    ['no pool has room for', inVain(1, whole(1), whole(2)), [2]],
    ['no type is large enough for', inVain(5, whole(1), needs({ slot: 2, cpuMillis: 4000 })), [2]],
    ['no pool takes', inVain(5, whole(1), needs({ slot: 2, architecture: 'arm64' })), [2]],
  ])('for a task that %s', (_, found, expected) => expect(found).toEqual(expected));

  it('for nobody while hosts can be launched', () => {
    expect(inVain(5, whole(1), whole(2))).toEqual([]);
  });
});
