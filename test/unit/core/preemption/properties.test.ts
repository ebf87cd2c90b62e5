/** What holds of every preemption, whatever the cluster. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITY_MARGIN } from '../../../../functions/core/preemption/best-room.ts';
import { PREEMPTING_MAX } from '../../../../functions/core/preemption/make-rooms.ts';
import { VICTIM_AGE_MS } from '../../../../functions/core/preemption/victims.ts';
import type { Snapshot } from '../../../../functions/core/model/snapshot.ts';
import type { Assignment } from '../../../../functions/core/model/task.ts';
import { NOW } from '../../../support/builders.ts';
import {
  ended,
  noHostFor,
  pass,
  placed,
  preempted,
  scene,
  stored,
  type ServiceScene,
  type TaskScene,
} from './scenes.ts';

const CPU = 2000;
const NAMES = ['s0', 's1', 's2', 's3', 's4'];

const anyService = fc.record({
  priority: fc.constantFrom(0, 20, 25, 30, 50, 60, 90),
  preempt: fc.constantFrom('never' as const, 'whenFull' as const, 'atOnce' as const, 'atOnce' as const),
  cpuMillis: fc.constantFrom(300, 500, 700, 900, 1400),
  replicas: fc.integer({ min: 1, max: 4 }),
  disruptionBudget: fc.constantFrom(undefined, 0, 1, 2, 4),
  isProtected: fc.nat(5).map((one) => one === 0),
  missing: fc.nat(3),
});
const anyTask = fc.record({
  host: fc.nat(3),
  ageMs: fc.constantFrom(1000, VICTIM_AGE_MS, 300_000, 900_000),
  health: fc.constantFrom('healthy' as const, 'healthy' as const, 'healthy' as const, 'unhealthy' as const),
});

type AnyService = typeof anyService extends fc.Arbitrary<infer One> ? One : never;

/** Five services; the tasks that fit on the hosts run there, the others are missing. */
const anyCluster = fc
  .record({
    services: fc.tuple(anyService, anyService, anyService, anyService, anyService),
    tasks: fc.array(anyTask, { minLength: 20, maxLength: 20 }),
    hosts: fc.integer({ min: 1, max: 3 }),
    inVain: fc.boolean(),
  })
  .map(({ services, tasks, hosts, inVain }) => clusterOf(services, tasks, hosts, inVain));

function clusterOf(
  services: readonly AnyService[],
  tasks: readonly { host: number; ageMs: number; health: 'healthy' | 'unhealthy' }[],
  hosts: number,
  inVain: boolean,
): { readonly state: Snapshot; readonly services: Readonly<Record<string, ServiceScene>> } {
  const free = Array.from({ length: hosts }, () => CPU);
  const specs: Record<string, ServiceScene> = {};
  const there: TaskScene[] = [];
  const replicas: string[] = [];
  services.forEach(({ missing, isProtected, ...one }, index) => {
    const name = NAMES[index] ?? '';
    specs[name] = { ...one, ...(isProtected ? { spec: { labels: { 'berth.protect': 'true' } } } : {}) };
    for (let slot = 1; slot <= one.replicas; slot += 1) {
      replicas.push(`shop/${name}-${slot}`);
      const task = tasks[index * 4 + slot - 1];
      const host = (task?.host ?? 0) % hosts;
      if (slot <= missing || task === undefined || (free[host] ?? 0) < one.cpuMillis) continue;
      free[host] = (free[host] ?? 0) - one.cpuMillis;
      const { ageMs, health } = task;
      there.push({ on: String(host), service: name, slot, ageMs, report: { health } });
    }
  });
  const over = inVain ? noHostFor(...replicas) : {};
  const empty = Object.fromEntries(free.map((_, index) => [String(index), {}]));
  return { state: scene({ services: specs, tasks: there, hosts: empty, over }), services: specs };
}

const all = (state: Snapshot): Assignment[] =>
  state.hosts.flatMap(({ manifest }) => [...manifest.assignments]);
const keyOf = ({ stack, service, slot }: Assignment): string => `${stack}/${service}-${slot}`;
const isHealthy = (state: Snapshot, { task }: Assignment): boolean =>
  state.hosts.some(({ report }) =>
    report?.tasks.some((one) => one.task === task && one.health === 'healthy'),
  );

/** Tasks that a plan takes away. */
function takenAway(state: Snapshot, next: Snapshot): Assignment[] {
  const before = new Map(all(state).map((one) => [one.task, one.wanted]));
  return all(next).filter(
    (one) => one.leavesFor !== undefined && one.wanted === 'drain' && before.get(one.task) === 'run',
  );
}

const numRuns = 200;

describe('a preemption, in any cluster', () => {
  it('takes only from services of a priority that is lower by the margin, never what is protected or young', () => {
    let seen = 0;
    fc.assert(
      fc.property(anyCluster, ({ state, services }) => {
        const next = stored(state, pass(state));
        for (const { service, leavesFor = [], createdAtMs } of takenAway(state, next)) {
          seen += 1;
          const [taker = ''] = leavesFor.map((one) => one.replace(/^shop\/|-\d+$/g, ''));
          expect(services[taker]?.preempt).not.toBe('never');
          expect(
            (services[taker]?.priority ?? 0) - (services[service]?.priority ?? 0),
          ).toBeGreaterThanOrEqual(PRIORITY_MARGIN);
          expect(services[service]?.spec).toBeUndefined();
          expect(NOW - createdAtMs).toBeGreaterThanOrEqual(VICTIM_AGE_MS);
        }
      }),
      { numRuns },
    );
    expect(seen).toBeGreaterThan(15);
  });

  it('leaves every service as many as its budget asks for, in all passes together', () => {
    fc.assert(
      fc.property(anyCluster, ({ state, services }) => {
        let now = state;
        for (let turn = 0; turn < 4; turn += 1) {
          const next = stored(now, pass(now));
          for (const { service } of takenAway(now, next)) {
            const { replicas = 1, disruptionBudget = 1 } = services[service] ?? {};
            const serving = all(next).filter(
              (one) => one.service === service && one.wanted === 'run' && isHealthy(next, one),
            );
            expect(serving.length).toBeGreaterThanOrEqual(replicas - disruptionBudget);
            expect(disruptionBudget).toBeGreaterThan(0);
          }
          now = turn % 2 === 0 ? next : ended(next);
        }
      }),
      { numRuns },
    );
  });

  it('makes enough room for those that wait for it, beside all that stays and comes', () => {
    fc.assert(
      fc.property(anyCluster, ({ state, services }) => {
        const next = stored(state, pass(state));
        for (const { manifest } of next.hosts) {
          const waiting = new Set(manifest.assignments.flatMap(({ leavesFor = [] }) => leavesFor));
          const cpuOf = (replica: string): number =>
            services[replica.replace(/^shop\/|-\d+$/g, '')]?.cpuMillis ?? 0;
          const stays = manifest.assignments.filter(({ wanted }) => wanted === 'run');
          const used = stays.reduce((sum, one) => sum + one.cpuMillis, 0);
          const awaited = [...waiting].reduce((sum, one) => sum + cpuOf(one), 0);
          expect(used + awaited).toBeLessThanOrEqual(CPU);
        }
      }),
      { numRuns },
    );
  });

  it('is the same in whatever order the cluster is read', () => {
    fc.assert(
      fc.property(anyCluster, ({ state }) => {
        const hosts = state.hosts.toReversed().map((view) => ({
          ...view,
          manifest: { ...view.manifest, assignments: view.manifest.assignments.toReversed() },
        }));
        const other = { ...state, hosts };
        expect(preempted(other, pass(other))).toEqual(preempted(state, pass(state)));
      }),
      { numRuns },
    );
  });

  it('is decided once for a replica, and then no pass decides anything until something ends', () => {
    fc.assert(
      fc.property(anyCluster, ({ state }) => {
        let now = state;
        const takers: string[] = [];
        for (let turn = 0; turn < 6; turn += 1) {
          const next = stored(now, pass(now));
          const fresh = new Set(takenAway(now, next).flatMap(({ leavesFor = [] }) => leavesFor));
          takers.push(...fresh);
          expect(fresh.size).toBeLessThanOrEqual(PREEMPTING_MAX);
          now = next;
        }
        expect(new Set(takers).size).toBe(takers.length);
        const rest = pass(now);
        expect([rest.manifests, rest.services, rest.decisions]).toEqual([[], [], []]);
      }),
      { numRuns },
    );
  });

  it('comes to an end: all that was made room for is there, and nothing is taken away in turns', () => {
    fc.assert(
      fc.property(anyCluster, ({ state }) => {
        let [now, last] = [state, 0];
        for (let minute = 0; minute < 40; minute += 1) {
          const plan = pass(now, NOW + minute * 60_000);
          const next = stored(now, plan);
          if (takenAway(now, next).length > 0) last = minute;
          now = ended(next);
        }
        expect(last).toBeLessThan(35);
        const waiting = new Set(all(now).flatMap(({ leavesFor = [] }) => leavesFor));
        expect([...waiting].filter((one) => !all(now).some((task) => keyOf(task) === one))).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });
});

/** One replica of `web` is missing, and nothing else; tasks of services of their own are all there is. */
const oneMissing = fc
  .record({
    web: fc.record({ cpuMillis: fc.integer({ min: 4, max: 20 }).map((one) => one * 100) }),
    tasks: fc.array(
      fc.record({
        host: fc.constantFrom(0, 1, 1, 2),
        cpuMillis: fc.constantFrom(300, 400, 700, 900),
        priority: fc.constantFrom(10, 20, 60),
      }),
      { minLength: 6, maxLength: 10 },
    ),
  })
  .map(({ web, tasks }) => {
    const free = [CPU, CPU, CPU];
    const there = tasks.flatMap((one, index) => {
      if ((free[one.host] ?? 0) < one.cpuMillis) return [];
      free[one.host] = (free[one.host] ?? 0) - one.cpuMillis;
      return [{ ...one, name: `t${index}` }];
    });
    const services: Record<string, ServiceScene> = { web: { ...web, priority: 70, preempt: 'atOnce' } };
    for (const { name, ...one } of there)
      services[name] = { priority: one.priority, cpuMillis: one.cpuMillis };
    const state = scene({
      services,
      tasks: there.map(({ host, name }) => ({ on: String(host), service: name })),
      hosts: { 0: {}, 1: {}, 2: {} },
    });
    return { state, there, free, needed: web.cpuMillis };
  });

/** The priority of the highest victim and the number of victims of the best choice, by trying all of them. */
function best(
  there: readonly { host: number; cpuMillis: number; priority: number }[],
  free: readonly number[],
  needed: number,
): [number, number] | null {
  const sets = free.flatMap((room, host) => {
    const own = there.filter((one) => one.host === host && one.priority <= 70 - PRIORITY_MARGIN);
    return Array.from({ length: 2 ** own.length }, (_, bits) =>
      own.filter((__, at) => (bits >> at) % 2 === 1),
    )
      .filter((set) => room + set.reduce((sum, one) => sum + one.cpuMillis, 0) >= needed)
      .filter((set) => set.length <= 8)
      .map((set): [number, number] => [Math.max(-1, ...set.map(({ priority }) => priority)), set.length]);
  });
  return sets.sort(([a, x], [b, y]) => a - b || x - y)[0] ?? null;
}

describe('the choice of victims', () => {
  it('is the best there is: nobody where it fits, else the lowest priority, then as few as can be', () => {
    let seen = 0;
    fc.assert(
      fc.property(oneMissing, ({ state, there, free, needed }) => {
        const plan = pass(state);
        const names = preempted(state, plan).map((one) => one.replace(/-1 on .*$/, ''));
        const taken = there.filter(({ name }) => names.includes(name));
        if (taken.length > 0) seen += 1;
        const expected = best(there, free, needed);
        const highest = Math.max(-1, ...taken.map(({ priority }) => priority));
        const isPlaced = placed(plan, state).length > 0;
        expect(taken.length > 0 || isPlaced ? [highest, taken.length] : null).toEqual(expected);
        expect(isPlaced).toBe(expected?.[1] === 0);
      }),
      { numRuns: 300 },
    );
    expect(seen).toBeGreaterThan(15);
  });
});
