/** A zone that is nearly full: what is there stays, and what is new waits for room. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PER_REPLICA_RECORDS_MAX, planDirectory } from '../../../functions/core/discovery/plan-directory.ts';
import type { Directory, DirectoryName } from '../../../functions/core/model/directory.ts';
import { NOTHING_LEFT_OUT } from '../../../functions/core/model/unreadable.ts';
import type { HostView } from '../../../functions/core/model/snapshot.ts';
import {
  assignment,
  host,
  hostView,
  NOW,
  settings,
  snapshot,
  taskReport,
  ZONE,
} from '../../support/builders.ts';

const EMPTY: Directory = {
  head: { plan: 4, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 },
  names: [],
};

/** So many records of somebody of ours whom nothing changes: a host's row holds as many as are given to it here. */
function crowd(records: number): { view: HostView; name: DirectoryName } {
  const of = host('crowd');
  const [own] = planDirectory(snapshot({ hosts: [hostView(of)] }), ZONE, NOW).names;
  const rest = Array.from({ length: records - 1 }, (_, index) => ({
    ...{ name: `n${index}.left.out.${ZONE}`, type: 'A' as const, ttlSeconds: 10, values: ['10.9.9.9'] },
  }));
  return {
    view: hostView(of),
    name: { ...own!.after, records: [...own!.after.records, ...rest], version: 1 },
  };
}

/** Services of so many replicas each, all healthy on one host. */
function runs(sizes: readonly number[]): HostView {
  const tasks = sizes.flatMap((size, service) =>
    Array.from({ length: size }, (_, slot) =>
      assignment(`${service}-${slot}`, { service: `s${service}`, slot: slot + 1 }),
    ),
  );
  return hostView(
    host('b'),
    tasks,
    tasks.map(({ task }) => taskReport(task)),
  );
}

/** The host of the crowd cannot be read: its records stay as they are. */
const look = (names: readonly DirectoryName[], view: HostView, crowded: HostView) =>
  planDirectory(
    snapshot({
      hosts: [view],
      settings: settings(),
      directory: { ...EMPTY, names },
      leftOut: { ...NOTHING_LEFT_OUT, hosts: new Set([crowded.host.id]) },
    }),
    ZONE,
    NOW,
  );

/** What the names are once the plan is applied. */
const applied = (names: readonly DirectoryName[], plan: ReturnType<typeof look>): DirectoryName[] => {
  const next = new Map(names.map((name) => [name.owner, name]));
  for (const { after } of plan.names) next.set(after.owner, { ...after, version: after.version + 1 });
  return [...next.values()];
};
const total = (names: readonly DirectoryName[]): number =>
  names.reduce((sum, { records }) => sum + records.length, 0);
const replicas = (names: readonly DirectoryName[], owner: string): number =>
  names.find((name) => name.owner === owner)?.records.filter(({ name }) => /^s\d+-/.test(name)).length ?? 0;

describe('a zone that is nearly full', () => {
  it('gives records of their own to as many new replicas as there is room for, and tells of the others', () => {
    const { view, name } = crowd(PER_REPLICA_RECORDS_MAX - 3);
    const plan = look([name], runs([5]), view);
    expect(replicas(applied([name], plan), 's0.shop')).toBe(3);
    expect(
      plan.decisions.map(({ code, message }) => [code, /(\d+) new replicas/.exec(message)?.[1]]),
    ).toEqual([['dns-limit', '2']]);
    // They are found by their service all the same.
    const srv = plan.names.flatMap(({ after }) => after.records.filter(({ type }) => type === 'SRV'));
    expect(srv[0]?.values).toHaveLength(5);
  });

  it('keeps the records that are there, however full it is', () => {
    const { view, name } = crowd(10);
    const first = applied([name], look([name], runs([4]), view));
    const full = [...first.filter(({ owner }) => owner !== name.owner), crowd(PER_REPLICA_RECORDS_MAX).name];
    expect(look(full, runs([4]), view).names).toEqual([]);
    expect(replicas(applied(full, look(full, runs([6]), view)), 's0.shop')).toBe(4);
  });

  it('plans nothing once a plan is applied, and never adds more than there is room for', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
    const { view, name } = crowd(PER_REPLICA_RECORDS_MAX - 20);
    fc.assert(
      fc.property(sizes, fc.integer({ min: -5, max: 25 }), (wanted, room) => {
        const crowded = { ...name, records: name.records.slice(0, name.records.length - room) };
        const after = applied([crowded], look([crowded], runs(wanted), view));
        const own = wanted.reduce((sum, _, index) => sum + replicas(after, `s${index}.shop`), 0);
        const before = total([crowded]);
        expect(own).toBe(
          Math.min(
            wanted.reduce((sum, size) => sum + size, 0),
            Math.max(0, PER_REPLICA_RECORDS_MAX - before),
          ),
        );
        expect(look(after, runs(wanted), view).names).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('remembers nothing of a replica that no record names, and serves it as ever', () => {
    const { view, name } = crowd(PER_REPLICA_RECORDS_MAX);
    const [service] = look([name], runs([40]), view).names.filter(({ after }) => after.owner === 's0.shop');
    const entries = Object.values(service!.after.tasks);
    expect(entries).toHaveLength(32);
    expect(entries.every(({ state, serving }) => state === 'in' && serving)).toBe(true);
  });
});
