/** Which replicas stay, which go, and where new ones come. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SlotMemory } from '../../../../functions/core/model/stack.ts';
import { chooseSlots, type SlotInput } from '../../../../functions/core/rollout/choose-slots.ts';
import { viewTasks, type TaskView } from '../../../../functions/core/rollout/task-view.ts';
import { assignment, host, hostView, NOW, snapshot, taskReport } from '../../../support/builders.ts';

interface Given {
  readonly slot: number;
  /** Seconds ago. */
  readonly ageS: number;
  readonly serves?: boolean;
  readonly wanted?: 'run' | 'drain';
  readonly protects?: string | null;
}

function viewsOf(given: readonly Given[]): readonly TaskView[] {
  const named = given.map((one, index) => ({ ...one, task: `t${index}` }));
  const assignments = named.map(({ task, slot, ageS, wanted = 'run' }) =>
    assignment('x', { task: task as never, slot, wanted, createdAtMs: NOW - ageS * 1000 }),
  );
  const reports = named.map(({ task, serves = true }) =>
    taskReport(task, { health: serves ? 'healthy' : 'unhealthy' }),
  );
  return viewTasks(snapshot({ hosts: [hostView(host('a'), assignments, reports)] }));
}

const failing: SlotMemory = { failures: 2, retryAtMs: NOW + 60_000, reason: 'it exits with 1' };

function choose(replicas: number, given: readonly Given[], memory: SlotInput['memory'] = {}) {
  const tasks = viewsOf(given);
  const reasons = new Map(tasks.map((task, index) => [task, given[index]?.protects ?? null]));
  return chooseSlots({ replicas, tasks, memory, protection: (task) => reasons.get(task) ?? null });
}

const slots = (...ages: readonly number[]): Given[] => ages.map((ageS, index) => ({ slot: index + 1, ageS }));

describe('of too many replicas', () => {
  it('the newest go, whatever their numbers are', () => {
    expect(choose(2, slots(10, 40, 20, 30))).toEqual({ wanted: [2, 4], surplus: [1, 3], passedOver: [] });
  });

  it('those of one age go from the highest number on', () => {
    expect(choose(1, slots(5, 5, 5)).surplus).toEqual([3, 2]);
  });

  it('one that is replaced is as old as its older task', () => {
    const given = [...slots(10, 20, 30), { slot: 3, ageS: 1 }];
    expect(choose(2, given).surplus).toEqual([1]);
  });

  it('those that do not serve go before those that do, and those of which nothing runs first', () => {
    const given = [{ slot: 1, ageS: 90, serves: false }, ...slots(0, 10, 20).slice(1)];
    expect(choose(2, given, { 7: failing }).surplus).toEqual([7, 1]);
  });

  it('a protected one is passed over, with its reason, and the next goes', () => {
    const given = slots(40, 30, 20, 10).map((one) =>
      one.slot === 4 ? { ...one, protects: 'it asked' } : one,
    );
    expect(choose(2, given)).toEqual({
      wanted: [1, 4],
      surplus: [3, 2],
      passedOver: [{ slot: 4, reason: 'it asked' }],
    });
  });

  it('fewer go when only protected ones are left', () => {
    const given = slots(30, 20, 10).map((one) => ({ ...one, protects: 'label' }));
    expect(choose(1, given)).toMatchObject({ wanted: [1, 2, 3], surplus: [] });
    expect(choose(1, given).passedOver.map(({ slot }) => slot)).toEqual([3, 2, 1]);
  });
});

describe('of too few', () => {
  it('new ones take the lowest free numbers', () => {
    expect(
      choose(5, [
        { slot: 2, ageS: 1 },
        { slot: 7, ageS: 9 },
      ]).wanted,
    ).toEqual([1, 2, 3, 4, 7]);
  });

  it('a slot in its pause keeps its place', () => {
    expect(choose(2, [{ slot: 1, ageS: 1 }], { 3: failing }).wanted).toEqual([1, 3]);
  });

  it('a slot that is on its way out is free', () => {
    expect(
      choose(2, [
        { slot: 1, ageS: 1 },
        { slot: 2, ageS: 1, wanted: 'drain' },
        { slot: 3, ageS: 5 },
      ]).wanted,
    ).toEqual([1, 3]);
  });
});

const given = fc.uniqueArray(
  fc.record({
    slot: fc.integer({ min: 1, max: 30 }),
    ageS: fc.integer({ min: 0, max: 50 }),
    serves: fc.boolean(),
    protects: fc.option(fc.constant('protected'), { freq: 4 }),
  }),
  { selector: ({ slot }) => slot, maxLength: 20 },
);
const remembered = fc
  .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 5 })
  .map((numbers) => Object.fromEntries(numbers.map((slot) => [slot, failing])));

describe('whatever there is', () => {
  it('as many are kept as are wanted, or all protected ones; nothing is kept and gone at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), given, remembered, (replicas, all, memory) => {
        const { wanted, surplus, passedOver } = choose(replicas, all, memory);
        expect(new Set(wanted).size).toBe(wanted.length);
        expect(wanted.filter((slot) => surplus.includes(slot))).toEqual([]);
        const guarded = all.filter(({ protects }) => protects !== null).map(({ slot }) => slot);
        expect(surplus.filter((slot) => guarded.includes(slot))).toEqual([]);
        expect(passedOver.every(({ slot }) => wanted.includes(slot))).toBe(true);
        expect(wanted.length).toBeGreaterThanOrEqual(replicas);
        if (wanted.length > replicas) expect(wanted.every((slot) => guarded.includes(slot))).toBe(true);
      }),
    );
  });

  it('one that stays is not newer than one that goes, if both serve and may go', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), given, (replicas, all) => {
        const { wanted, surplus } = choose(replicas, all);
        const free = all.filter(({ serves, protects }) => serves && protects === null);
        const ages = (of: readonly number[]): number[] =>
          free.filter(({ slot }) => of.includes(slot)).map(({ ageS }) => ageS);
        expect(Math.max(...ages(surplus), -1)).toBeLessThanOrEqual(Math.min(...ages(wanted), 1000));
        // One that serves goes only when none is left that does not.
        const idle = all.filter(({ serves, protects }) => !serves && protects === null);
        if (ages(surplus).length > 0) expect(idle.filter(({ slot }) => wanted.includes(slot))).toEqual([]);
      }),
    );
  });

  it('once they have gone, nothing more changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), given, remembered, (replicas, all, memory) => {
        const { wanted } = choose(replicas, all, memory);
        const rest = all.filter(({ slot }) => wanted.includes(slot));
        const fresh = wanted.filter((slot) => !rest.some((one) => one.slot === slot));
        const next = choose(replicas, [...rest, ...fresh.map((slot) => ({ slot, ageS: 0, serves: false }))]);
        expect(next).toMatchObject({ wanted, surplus: [] });
      }),
    );
  });
});
