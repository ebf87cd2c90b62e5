/** Tasks that have to move, as a pure decision: who is placed, who leaves, and what never happens. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideCluster } from '../../../functions/core/decide-cluster.ts';
import type { HostDrain } from '../../../functions/core/model/host.ts';
import type { HostView, Snapshot } from '../../../functions/core/model/snapshot.ts';
import type { Assignment } from '../../../functions/core/model/task.ts';
import { evictAtMs, STOP_BEFORE_END_MS } from '../../../functions/core/rollout/moves.ts';
import { viewTasks } from '../../../functions/core/rollout/task-view.ts';
import {
  assignment,
  directoryName,
  head,
  host,
  hostView,
  NOW,
  revision,
  serviceSpec,
  settings,
  snapshot,
  taskReport,
} from '../../support/builders.ts';

const drain = (byMs: number | null = null): HostDrain => ({
  cause: 'asked',
  reason: 'a new kernel',
  sinceMs: NOW,
  byMs,
});
const leaving = (name: string, byMs: number | null = null) =>
  host(name, { state: 'draining', drain: drain(byMs) });
const shop = (replicas: number, hosts: readonly HostView[], over: Partial<Snapshot> = {}): Snapshot =>
  snapshot({ stacks: [head()], revisions: [revision({ web: serviceSpec({ replicas }) })], hosts, ...over });
const decide = (state: Snapshot, nowMs = NOW) => decideCluster(state, nowMs, 'seed');
const onSlot = (slot: number, name = `slot${slot}`): Assignment =>
  assignment(name, {
    slot,
    ports: [{ name: 'http', container: 8080, protocol: 'tcp', host: 20_000 + slot }],
  });
const up = (one: Assignment) => taskReport(one.task);
const view = (of: ReturnType<typeof host>, ...tasks: Assignment[]) => hostView(of, tasks, tasks.map(up));
const placed = (plan: ReturnType<typeof decide>) =>
  plan.decisions.filter(({ code }) => code === 'task-placed').map(({ subject }) => subject);
const drained = (plan: ReturnType<typeof decide>) =>
  plan.decisions.filter(({ code }) => code === 'task-draining').map(({ subject }) => subject);

describe('a host that is drained', () => {
  it('has one replica of a service replaced at a time, and keeps it until the other serves', () => {
    const hosts = [view(leaving('a'), onSlot(1), onSlot(2)), view(host('b'))];
    const plan = decide(shop(2, hosts));
    expect(placed(plan)).toEqual(['shop/web-1']);
    expect(drained(plan)).toEqual([]);
    expect(plan.services[0]).toMatchObject({ state: 'converged', healthy: 2 });
  });

  it('waits while a replacement is on its way, and loses the task whose replacement serves', () => {
    const next = onSlot(1, 'next');
    const old = view(leaving('a'), onSlot(1), onSlot(2));
    const coming = hostView(host('b'), [next], [taskReport(next.task, { health: 'starting' })]);
    expect(placed(decide(shop(2, [old, coming])))).toEqual([]);
    const plan = decide(shop(2, [old, view(host('b'), next)]));
    expect(drained(plan)).toEqual(['shop/web-1']);
    expect(plan.decisions.find(({ code }) => code === 'task-draining')?.message).toContain(next.task);
    expect(placed(plan)).toEqual(['shop/web-2']);
  });

  it('is emptied although another replica of the service fails again and again', () => {
    const sick = onSlot(2);
    const hosts = [
      view(leaving('a'), onSlot(1)),
      hostView(host('b'), [sick], [taskReport(sick.task, { health: 'starting' })]),
    ];
    expect(placed(decide(shop(2, hosts)))).toEqual(['shop/web-1']);
  });

  it('is emptied of what does not serve, when its replacement has not served for the progress deadline either', () => {
    const { progressDeadlineMs } = settings();
    const next = { ...onSlot(1, 'next'), wantedAtMs: NOW };
    const sick = (one: Assignment) => taskReport(one.task, { health: 'unhealthy' });
    const hosts = [
      hostView(leaving('a'), [onSlot(1)], [sick(onSlot(1))]),
      hostView(host('b'), [next], [sick(next)]),
    ];
    const before = decide(shop(1, hosts), NOW + progressDeadlineMs - 1);
    expect([drained(before), before.wakeAtMs]).toEqual([[], NOW + progressDeadlineMs]);
    const plan = decide(shop(1, hosts), NOW + progressDeadlineMs);
    expect(drained(plan)).toEqual(['shop/web-1']);
    expect(plan.decisions.find(({ code }) => code === 'task-draining')?.message).toContain('neither it nor');
    const served = [view(leaving('a'), onSlot(1)), hosts[1]!];
    expect(drained(decide(shop(1, served), NOW + progressDeadlineMs))).toEqual([]);
  });

  it('ends at a known time: all is replaced at once', () => {
    const hosts = [view(leaving('a', NOW + 120_000), onSlot(1), onSlot(2), onSlot(3)), view(host('b'))];
    const plan = decide(shop(3, hosts));
    expect(placed(plan)).toEqual(['shop/web-1', 'shop/web-2', 'shop/web-3']);
    expect(drained(plan)).toEqual([]);
  });

  it('ends at a known time: what nothing replaces leaves DNS in time, and its stop signal never waits for Route 53', () => {
    const byMs = NOW + 120_000;
    const hosts = [view(leaving('a', byMs), onSlot(1))];
    const [task] = viewTasks(shop(1, hosts));
    const atMs = evictAtMs(task!, settings());
    expect(byMs - atMs).toBeGreaterThanOrEqual(STOP_BEFORE_END_MS + settings().dnsTtlSeconds * 1000);
    const before = decide(shop(1, hosts), atMs - 1);
    expect(drained(before)).toEqual([]);
    expect(before.wakeAtMs).toBe(atMs);
    expect(drained(decide(shop(1, hosts), atMs))).toEqual(['shop/web-1']);

    const out = { ...onSlot(1), wanted: 'drain' as const, wantedAtMs: atMs };
    const held = { state: 'leaving' as const, plan: 3, ttlSeconds: 10, serving: false };
    const directory = {
      head: { plan: 3, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 },
      names: [directoryName('web.shop', { [out.task]: held })],
    };
    const late = shop(1, [view(leaving('a', byMs), out)], { directory });
    const wanted = (nowMs: number) => decide(late, nowMs).manifests[0]?.assignments[0]?.wanted;
    expect(wanted(byMs - STOP_BEFORE_END_MS - 1)).toBeUndefined();
    expect(wanted(byMs - STOP_BEFORE_END_MS)).toBe('stop');
  });
});

describe('whatever the hosts are', () => {
  it('a drain without a deadline takes no replica that serves away before another one of its slot serves', () => {
    const task = fc.record({
      slot: fc.integer({ min: 1, max: 4 }),
      on: fc.constantFrom('leaving', 'other', 'empty'),
      health: fc.constantFrom('healthy', 'starting', 'unhealthy'),
    });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 10 }), (tasks) => {
        const all = tasks.map((one, index) => ({ ...one, assignment: onSlot(one.slot, `t${index}`) }));
        const on = (where: string, of: ReturnType<typeof host>) => {
          const own = all.filter((one) => one.on === where);
          return hostView(
            of,
            own.map((one) => one.assignment),
            own.map((one) => taskReport(one.assignment.task, { health: one.health as 'healthy' })),
          );
        };
        const before = [on('leaving', leaving('a')), on('other', host('b')), on('empty', host('c'))];
        const plan = decide(shop(4, before));
        const kept = (id: string) =>
          plan.manifests.find((one) => String(one.host) === id)?.assignments ??
          before.find((one) => String(one.host.id) === id)!.manifest.assignments;
        const running = before.flatMap((one) => kept(one.host.id)).filter((one) => one.wanted === 'run');
        const serves = (slot: number, among: readonly { task: string }[]) =>
          all.some(
            (one) =>
              one.slot === slot &&
              one.health === 'healthy' &&
              among.some(({ task: id }) => id === one.assignment.task),
          );
        const was = all.map((one) => one.assignment);
        for (const slot of [1, 2, 3, 4]) if (serves(slot, was)) expect(serves(slot, running)).toBe(true);
        // And nothing new goes to the host that is to be emptied.
        const known = new Set(was.map((one) => String(one.task)));
        expect(kept('h-a').filter((one) => !known.has(one.task))).toEqual([]);
      }),
    );
  });
});
