/** A service with more records than one batch may change: up and down, by the strict model of Route 53. */
import { describe, expect, it } from '@jest/globals';
import { fits, sizeOf } from '../../../functions/core/discovery/batch-size.ts';
import { fenceChanges, inBatches } from '../../../functions/core/discovery/batches.ts';
import { planDirectory, type NamePlan } from '../../../functions/core/discovery/plan-directory.ts';
import { inSteps } from '../../../functions/core/discovery/steps.ts';
import type { DirectoryName } from '../../../functions/core/model/directory.ts';
import { assignment, host, hostView, NOW, snapshot, taskReport, ZONE } from '../../support/builders.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { inMemoryServiceDirectory } from '../../support/in-memory/service-directory.ts';

const REPLICAS = 1000;
const tasks = Array.from({ length: REPLICAS }, (_, index) =>
  assignment(`${index}`, {
    slot: index + 1,
    ports: [{ name: 'http', container: 8080, protocol: 'tcp', host: 20_000 + index }],
  }),
);
const reports = tasks.map(({ task }) => taskReport(task));
const head = { plan: 0, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 };

/** `wanted` of every task, and what is stored by then. */
function plan(wanted: 'run' | 'drain', names: readonly DirectoryName[]): readonly NamePlan[] {
  const assignments = tasks.map((task) => ({ ...task, wanted }));
  const hosts = [hostView(host('a'), assignments, reports)];
  return planDirectory(snapshot({ hosts, directory: { head, names } }), ZONE, NOW).names;
}

const ownersAfter = (before: readonly DirectoryName[], batches: readonly (readonly NamePlan[])[]) => {
  const stored = new Map(before.map((name) => [name.owner, name]));
  for (const { after } of batches.flat()) {
    // As the store checks it.
    expect(after.version).toBe(stored.get(after.owner)?.version ?? 0);
    stored.set(after.owner, { ...after, version: after.version + 1 });
  }
  return [...stored.values()];
};

describe('a service of a thousand replicas', () => {
  it('comes and goes in batches that Route 53 takes', async () => {
    const clock = fakeClock();
    const zone = inMemoryServiceDirectory({ clock, zone: ZONE });
    let [number, names]: [number, readonly DirectoryName[]] = [0, []];
    for (const wanted of ['run', 'drain'] as const) {
      const batches = inBatches(plan(wanted, names));
      expect(batches.length).toBeGreaterThan(1);
      for (const batch of batches) {
        await clock.sleep(1000);
        const changes = [...fenceChanges(ZONE, number), ...batch.flatMap((name) => name.changes)];
        expect(await zone.apply(changes, wanted)).toEqual({ kind: 'accepted', changeId: expect.any(String) });
        number += 1;
      }
      names = ownersAfter(names, batches);
      const listed = (await zone.list()).filter(({ name }) => name.endsWith(`web.shop.${ZONE}`));
      expect(listed).toHaveLength(wanted === 'run' ? REPLICAS + 2 : 0);
      expect(plan(wanted, names)).toEqual([]);
    }
  });

  it('counts its tasks as in until the last step, after which no record names them', () => {
    const up = ownersAfter([], inBatches(plan('run', [])));
    const [service] = plan('drain', up).filter(({ after }) => after.owner === 'web.shop');
    const steps = inSteps(service!);
    expect(steps.length).toBeGreaterThan(1);
    for (const { changes } of steps) expect(fits(sizeOf(changes))).toBe(true);
    expect(steps.flatMap(({ changes }) => changes)).toEqual(service!.changes);
    const states = steps.map(({ after }) => new Set(Object.values(after.tasks).map(({ state }) => state)));
    expect(states.slice(0, -1).every((seen) => seen.has('in') && seen.size === 1)).toBe(true);
    expect([...states.at(-1)!]).toEqual(['leaving']);
    expect(steps.at(-1)!.after.records).toEqual([]);
  });

  it('goes on after a crash between two steps with what is left to do', () => {
    const all = plan('run', []);
    const [first] = inBatches(all);
    const half = ownersAfter([], [first!]);
    const rest = plan('run', half);
    const count = (names: readonly NamePlan[]): number => names.flatMap(({ changes }) => changes).length;
    expect(count(rest)).toBe(count(all) - count(first!));
    expect(plan('run', ownersAfter(half, inBatches(rest)))).toEqual([]);
  });
});
