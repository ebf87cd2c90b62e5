import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideScaleIn, takeBack } from '../../../../functions/core/hosts/scale-in.ts';
import { presentState, type DrainCause, type Host } from '../../../../functions/core/model/host.ts';
import { taskId } from '../../../../functions/core/model/ids.ts';
import { poolsOf, type PoolSpec } from '../../../../functions/core/model/pool.ts';
import type { HostView, Snapshot } from '../../../../functions/core/model/snapshot.ts';
import type { Assignment } from '../../../../functions/core/model/task.ts';
import {
  assignment,
  head,
  host,
  hostView,
  lease,
  MIB,
  NOW,
  revision,
  serviceSpec,
  settings,
  snapshot,
  taskReport,
} from '../../../support/builders.ts';

const WINDOW_MS = 300_000;
const POOL: PoolSpec = poolsOf(settings())[0]!;

/** A host that has been there for long; the larger the age in minutes, the older. */
const aged = (name: string, minutes: number, over: Partial<Host> = {}) =>
  host(name, {
    requestedAtMs: NOW - minutes * 60_000,
    registeredAtMs: NOW - minutes * 60_000 + 30_000,
    ...over,
  });
const task = (slot: number, memoryMib = 300): Assignment =>
  assignment(`t${slot}`, { slot, memoryBytes: memoryMib * MIB, task: taskId(`web-${slot}-aaaaaaaa`) });
const view = (of: Host, tasks: Assignment[] = []): HostView =>
  hostView(
    of,
    tasks,
    tasks.map((one) => taskReport(one.task)),
  );

function state(hosts: HostView[], pool: Partial<PoolSpec> = {}, over: Partial<Snapshot> = {}): Snapshot {
  const resources = { reservedCpuMillis: 100, reservedMemoryBytes: 300 * MIB, limitPids: 10 };
  return snapshot({
    settings: settings({ pools: { default: { ...POOL, ...pool } } }),
    stacks: [head()],
    revisions: [revision({ web: serviceSpec({ replicas: 3, resources }) })],
    hosts,
    ...over,
  });
}
const decide = (of: Snapshot, nowMs = NOW, waiting = false) =>
  decideScaleIn({ ...of, sweep: { sweptAtMs: nowMs - 15_000, freshFromMs: 0 } }, { waiting, nowMs });
/** The rows as they are once the decision is stored. */
const applied = (of: Snapshot, changes: readonly Host[]): Snapshot => ({
  ...of,
  hosts: of.hosts.map((one) => ({ ...one, host: changes.find(({ id }) => id === one.host.id) ?? one.host })),
});
const drainedOf = (of: Snapshot) =>
  of.hosts.filter((one) => one.host.drain !== null).map((one) => one.host.id);

/** Notes now, and drains when the window is over. */
function afterWindow(of: Snapshot) {
  const noted = applied(of, decide(of).changes);
  return { noted, ...decide(noted, NOW + WINDOW_MS) };
}

describe('a host that is not needed', () => {
  it('is noted once, drained after the window, and told of', () => {
    const of = state([view(aged('a', 60), [task(1)]), view(aged('b', 30))]);
    const first = decide(of);
    expect(first.changes.map(({ id, surplusSinceMs }) => [id, surplusSinceMs])).toEqual([['h-b', NOW]]);
    expect(first.wakeAtMs).toBe(NOW + WINDOW_MS);
    const noted = applied(of, first.changes);
    expect(decide(noted, NOW + 1000)).toMatchObject({ changes: [], decisions: [] });
    expect(decide(noted, NOW + WINDOW_MS - 1).changes).toEqual([]);
    const { changes, decisions } = decide(noted, NOW + WINDOW_MS);
    expect(changes).toMatchObject([
      { id: 'h-b', state: 'draining', drain: { cause: 'surplus', byMs: null } },
    ]);
    expect(decisions).toMatchObject([
      {
        code: 'host-surplus',
        message: expect.stringMatching(/^not needed for 300 s: nothing runs there; it is drained/),
      },
    ]);
  });

  it('is the newest whose tasks fit elsewhere, even where an older one is empty', () => {
    const { changes } = afterWindow(
      state([view(aged('a', 60), [task(1)]), view(aged('b', 30)), view(aged('c', 20), [task(2)])]),
    );
    expect(changes.find(({ drain }) => drain !== null)?.id).toBe('h-c');
  });

  it('has to be older than the window itself', () => {
    const of = state([view(aged('a', 60), [task(1)]), view(aged('b', 1))]);
    const noted = applied(of, decide(of).changes);
    expect(decide(noted, NOW + WINDOW_MS - 31_000).changes).toEqual([]);
  });

  it('is any, also the last one, when nothing runs at all', () => {
    expect(afterWindow(state([view(aged('a', 60))])).changes[0]?.drain).not.toBeNull();
  });

  it('has its time before it again after a gap in our own looking', () => {
    const of = state([
      view(aged('a', 60), [task(1)]),
      view(aged('b', 30, { surplusSinceMs: NOW - WINDOW_MS })),
    ]);
    const gap = { sweptAtMs: NOW - 600_000, freshFromMs: 0 };
    expect(decideScaleIn({ ...of, sweep: gap }, { waiting: false, nowMs: NOW })).toMatchObject({
      changes: [],
      wakeAtMs: NOW + WINDOW_MS,
    });
    expect(decide(of).changes).toHaveLength(1);
  });

  it('goes one at a time', () => {
    const of = state([view(aged('a', 60)), view(aged('b', 30)), view(aged('c', 20))]);
    const { noted, changes } = afterWindow(of);
    expect(changes.filter(({ drain }) => drain !== null).map(({ id }) => id)).toEqual(['h-c']);
    const going = applied(noted, changes);
    expect(decide(going, NOW + WINDOW_MS + 1000).changes).toEqual([]);
  });
});

describe('a host that stays', () => {
  const crowded = [view(aged('a', 60), [task(1, 1200)]), view(aged('b', 30), [task(2, 1200)])];

  it('is one whose tasks fit nowhere else', () => {
    const big = revision({
      web: serviceSpec({
        resources: { reservedCpuMillis: 100, reservedMemoryBytes: 1200 * MIB, limitPids: 10 },
      }),
    });
    const { changes, passedOver } = decide(state(crowded, {}, { revisions: [big] }));
    expect(changes).toEqual([]);
    expect(passedOver.get('h-b')).toMatch(/shop\/web-2 fits on no other host/);
  });

  it('is one with a replica that asks not to be taken away: the next newest goes, and it is said why', () => {
    const held = task(2);
    const usage = [{ task: held.task, cpuMillis: 1, memoryBytes: 1, metrics: {}, isProtected: true }];
    const busy = { ...view(aged('c', 20), [held]), lease: { ...lease(aged('c', 20), 1000), usage } };
    const { decisions } = afterWindow(state([view(aged('a', 60), [task(1)]), view(aged('b', 30)), busy]));
    expect(decisions).toMatchObject([
      {
        subject: 'h-b',
        message: expect.stringMatching(/h-c is newer, but web-2-aaaaaaaa asks not to be taken away$/),
      },
    ]);
  });

  it('goes though another was not heard before it was terminated', () => {
    const dead = aged('c', 45, {
      state: 'terminated',
      silence: { sinceMs: NOW - 600_000, witnessed: true, frozen: false, lostAtMs: NOW - 570_000 },
    });
    const of = state([view(aged('a', 60), [task(1)]), view(aged('b', 30)), view(dead)]);
    expect(decide(of).changes.map(({ id }) => id)).toEqual(['h-b']);
  });

  it('is one on which something is still being stopped', () => {
    const stopping = { ...task(2), wanted: 'drain' as const };
    expect(
      decide(state([view(aged('a', 60)), view(aged('b', 30), [stopping])])).passedOver.get('h-b'),
    ).toMatch(/still being stopped/);
  });

  it('is one of the pool’s least number', () => {
    const two = [view(aged('a', 60)), view(aged('b', 30))];
    expect(decide(state(two, { hostsMin: 2 })).passedOver.get('h-b')).toMatch(/keeps 2 hosts \(hostsMin\)/);
    expect(decide(state(two, { hostsMin: 1 })).changes.map(({ id }) => id)).toEqual(['h-b']);
  });

  it('is one of the pool’s headroom', () => {
    const headroom = { count: 1, cpuMillis: 100, memoryBytes: 1500 * MIB };
    const full = [view(aged('a', 60), [task(1)]), view(aged('b', 30), [task(2)])];
    expect(decide(state(full, { headroom })).passedOver.get('h-b')).toMatch(/headroom/);
  });

  it.each<[string, Partial<Snapshot>]>([
    [
      'a service is being rolled out',
      { services: [{ state: 'progressing' } as Snapshot['services'][number]] },
    ],
    ['a host is silent', { hosts: [view(aged('a', 60)), view(aged('b', 30, { state: 'suspect' }))] }],
    ['a host is coming', { hosts: [view(aged('a', 60)), view(aged('b', 30, { state: 'booting' }))] }],
    [
      'a host is being drained',
      {
        hosts: [
          view(aged('a', 60)),
          view(
            aged('b', 30, {
              state: 'draining',
              drain: { cause: 'asked', reason: 'x', sinceMs: NOW, byMs: null },
            }),
          ),
        ],
      },
    ],
  ])('is every one while %s', (_, over) => {
    expect(decide(state([view(aged('a', 60)), view(aged('b', 30))], {}, over)).changes).toEqual([]);
  });
});

describe('demand', () => {
  it('ends what was noted; the time begins anew', () => {
    const of = state([view(aged('a', 60)), view(aged('b', 30, { surplusSinceMs: NOW - WINDOW_MS }))]);
    expect(decide(of, NOW, true).changes).toMatchObject([{ id: 'h-b', surplusSinceMs: null }]);
  });

  it('takes back a host that is drained as surplus, never one that somebody drained', () => {
    const drain = { reason: 'not needed', sinceMs: NOW, byMs: null };
    const going = (cause: DrainCause) =>
      state([view(aged('a', 30, { state: 'draining', drain: { ...drain, cause } }))]);
    const needs = {
      ...{
        stack: 'shop',
        service: 'web',
        slot: 1,
        revision: 1,
        digest: 'd',
        architecture: 'x86_64' as const,
      },
      ...{ cpuMillis: 100, memoryBytes: 300 * MIB, pids: 10, ports: [], maxReplicasPerHost: undefined },
    };
    const unplaced = [{ needs, refusals: [], reason: '' }];
    expect(takeBack(going('surplus'), unplaced, NOW)).toMatchObject([
      { id: 'h-a', state: 'ready', drain: null },
    ]);
    expect(takeBack(going('asked'), unplaced, NOW)).toEqual([]);
    expect(takeBack(going('surplus'), [], NOW)).toEqual([]);
  });
});

describe('whatever runs where', () => {
  const fleet = fc.array(
    fc.record({ tasks: fc.integer({ min: 0, max: 5 }), minutes: fc.integer({ min: 6, max: 500 }) }),
    {
      minLength: 1,
      maxLength: 7,
    },
  );

  it('what is drained leaves room for all its tasks, the least number of hosts, and is the newest that can go', () => {
    fc.assert(
      fc.property(fleet, fc.integer({ min: 0, max: 4 }), (made, hostsMin) => {
        let slot = 0;
        const hosts = made.map(({ tasks, minutes }, index) =>
          view(
            aged(`n${index}`, minutes),
            Array.from({ length: tasks }, () => task((slot += 1))),
          ),
        );
        const of = state(hosts, { hostsMin });
        const { noted, changes, passedOver } = afterWindow(of);
        const after = applied(noted, changes);
        const gone = drainedOf(after);
        expect(gone.length).toBeLessThanOrEqual(1);
        const staying = after.hosts.filter((one) => one.host.drain === null);
        if (gone.length === 0) return;
        expect(staying.length).toBeGreaterThanOrEqual(hostsMin);
        // 2 GiB less 5 % hold six tasks of 300 MiB.
        const total = hosts.reduce((sum, one) => sum + one.manifest.assignments.length, 0);
        expect(total).toBeLessThanOrEqual(staying.length * 6);
        const chosen = after.hosts.find((one) => one.host.drain !== null)!.host;
        for (const { host: other } of staying)
          if (other.requestedAtMs > chosen.requestedAtMs) expect(passedOver.has(other.id)).toBe(true);
        expect(presentState(chosen)).toBe('draining');
      }),
      { numRuns: 200 },
    );
  });
});
