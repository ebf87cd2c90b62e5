/** Who leaves for whom. */
import { describe, expect, it } from '@jest/globals';
import { VICTIM_AGE_MS } from '../../../../functions/core/preemption/victims.ts';
import type { Snapshot } from '../../../../functions/core/model/snapshot.ts';
import type { SlotMemory } from '../../../../functions/core/model/stack.ts';
import { host, lease, NOW } from '../../../support/builders.ts';
import { noHostFor, pass, preempted, scene, waits, type Scene } from './scenes.ts';

/** `web` has priority 90 and needs half a host; two low ones fill the only host. */
const full = (over: Partial<Scene['services'][string]> = {}, more: Partial<Scene> = {}) =>
  scene({
    services: { web: { priority: 90, preempt: 'atOnce' }, batch: { priority: 20, replicas: 2, ...over } },
    tasks: [
      { on: 'a', service: 'batch', slot: 1 },
      { on: 'a', service: 'batch', slot: 2, ageMs: 300_000 },
    ],
    ...more,
  });
const victims = (state: ReturnType<typeof scene>) => preempted(state, pass(state));

describe('a task that finds no room', () => {
  it('gets that of the newest one of lower priority, and everybody is told', () => {
    const state = full();
    const plan = pass(state);
    expect(preempted(state, plan)).toEqual(['batch-2 on h-a']);
    expect(waits(plan, 'web')).toEqual(['waits for room on host h-a: 1 task of lower priority is leaving']);
    expect(plan.services.find(({ service }) => service === 'web')?.reason).toContain(
      'web-1 waits for room on host h-a',
    );
    expect(plan.decisions.map(({ code, subject, message }) => [code, subject, message])).toEqual(
      expect.arrayContaining([
        [
          'task-preempted',
          'shop/batch-2',
          'batch-2-a1 leaves DNS, then stops: shop/web-1 (priority 90) needs its room on h-a, and its own priority is 20',
        ],
        ['task-waiting', 'shop/web-1', 'waits for room on host h-a: 1 task of lower priority is leaving'],
      ]),
    );
    // It waits for that host: no other one is launched for it.
    expect(plan.unplaced).toEqual([]);
    expect(plan.wakeAtMs).toBe(NOW);
  });

  it('takes nothing where it fits without', () => {
    expect(victims(full({}, { hosts: { b: {} } }))).toEqual([]);
  });

  it.each([
    [80, ['batch-2 on h-a']],
    [81, []],
    [90, []],
    [100, []],
  ])('with a priority of 90, of a service of %i takes %j', (priority, expected) => {
    expect(victims(full({ priority }))).toEqual(expected);
  });

  it('takes nothing as its file says so', () => {
    const services = {
      web: { priority: 90, preempt: 'never' },
      batch: { priority: 20, replicas: 2 },
    } as const;
    const state = full({}, { services });
    expect([victims(state), pass(state).unplaced[0]?.room]).toEqual([[], undefined]);
  });

  it('takes nothing where something other than room refuses it', () => {
    const constraints = [{ key: 'node.labels.disk', operator: '==', value: 'ssd' } as const];
    const services = {
      web: { priority: 90, preempt: 'atOnce', constraints },
      batch: { priority: 20, replicas: 2 },
    } as const;
    expect(victims(full({}, { services }))).toEqual([]);
    const apart = { ...services, web: { priority: 90, preempt: 'atOnce', antiAffinity: ['batch'] } } as const;
    expect(victims(full({}, { services: apart }))).toEqual([]);
  });

  it('takes nothing while many hosts are silent at once', () => {
    const silence = { sinceMs: NOW, frozen: true, witnessed: false } as never;
    expect(victims(full({}, { hosts: { b: { state: 'suspect', silence } } }))).toEqual([]);
  });

  it('takes nothing more once its tasks have failed again and again', () => {
    const state = (failures: number) => {
      const memory: SlotMemory = { failures, retryAtMs: 0, reason: 'it crashes' };
      const before = pass(full()).services.find(({ service }) => service === 'web');
      return full({}, { over: { services: [{ ...before!, slots: { 1: memory } }] } });
    };
    expect([victims(state(2)), victims(state(3))]).toEqual([['batch-2 on h-a'], []]);
  });
});

describe('without a word in the file', () => {
  const whenFull = (over: Partial<Snapshot>) =>
    full({}, { services: { web: { priority: 90 }, batch: { priority: 20, replicas: 2 } }, over });

  it('it asks for a host first, and says that it would take room', () => {
    const state = whenFull({});
    const plan = pass(state);
    expect(preempted(state, plan)).toEqual([]);
    expect(plan.unplaced.map(({ room }) => room)).toEqual([{ host: null, asksForHost: true }]);
  });

  it('it takes room when no host can come, and stays demand until that is stored', () => {
    const state = whenFull(noHostFor('shop/web-1'));
    const plan = pass(state);
    expect(preempted(state, plan)).toEqual(['batch-2 on h-a']);
    expect(plan.unplaced.map(({ room }) => room)).toEqual([{ host: 'h-a', asksForHost: true }]);
  });

  it('what was found of another revision, or before the pools were changed, does not count', () => {
    const found = noHostFor('shop/web-1').offerings;
    const older = { ...found, inVain: found.inVain.map((one) => ({ ...one, digest: 'd0' })) };
    expect(victims(whenFull({ offerings: older }))).toEqual([]);
    const settingsChange = { number: 1, atMs: NOW + 1, message: '' };
    expect(victims(whenFull({ offerings: found, settingsChange }))).toEqual([]);
    expect(victims(whenFull(noHostFor('shop/web-2')))).toEqual([]);
  });
});

describe('a disruption budget', () => {
  /** Needs the whole host, on which there are two of one service. */
  const whole = (disruptionBudget?: number, more: Partial<Scene> = {}) =>
    full(
      {},
      {
        services: {
          web: { priority: 90, preempt: 'atOnce', cpuMillis: 2000 },
          batch: { priority: 20, replicas: 2, disruptionBudget },
        },
        ...more,
      },
    );

  it('is one of a service at a time, however much is needed', () => {
    expect(victims(whole())).toEqual([]);
    expect(victims(whole(1))).toEqual([]);
    expect(victims(whole(2))).toEqual(['batch-1 on h-a', 'batch-2 on h-a']);
  });

  it('of 0 keeps all of them', () => {
    expect(victims(full({ disruptionBudget: 0 }))).toEqual([]);
  });

  it('counts what is missing already, whatever the cause', () => {
    expect(victims(full({ replicas: 3 }))).toEqual([]);
    expect(victims(full({ replicas: 3, disruptionBudget: 2 }))).toEqual(['batch-2 on h-a']);
  });

  it('is not used up by a task that does not serve', () => {
    const sick = { on: 'a', service: 'batch', slot: 1, report: { health: 'unhealthy' } } as const;
    const tasks = [sick, { on: 'a', service: 'batch', slot: 2 }];
    expect(victims(full({}, { tasks }))).toEqual(['batch-1 on h-a']);
    const services = {
      web: { priority: 90, preempt: 'atOnce', cpuMillis: 2000 },
      batch: { priority: 20, replicas: 2 },
    } as const;
    expect(victims(full({}, { tasks, services }))).toEqual([]);
  });

  it('holds over several tasks that need room in one pass', () => {
    const services = {
      web: { priority: 90, preempt: 'atOnce', replicas: 2 },
      batch: { priority: 20, replicas: 2 },
    } as const;
    expect(victims(full({}, { services }))).toEqual(['batch-2 on h-a']);
  });
});

describe('never a victim is', () => {
  it('a replica that asks to be kept, or whose label does', () => {
    expect(victims(full({ spec: { labels: { 'berth.protect': 'true' } } }))).toEqual([]);
    const state = full();
    const usage = state.hosts[0]!.manifest.assignments.map(({ task }) => ({
      ...{ task, cpuMillis: 0, memoryBytes: 0, metrics: {} },
      isProtected: task === 'batch-2-a1',
    }));
    const told = { ...state.hosts[0]!, lease: lease(host('a'), 0, { usage }) };
    expect(victims({ ...state, hosts: [told] })).toEqual(['batch-1 on h-a']);
  });

  it('a task that was placed a moment ago', () => {
    const young = (ageMs: number) =>
      full({ replicas: 1 }, { tasks: [{ on: 'a', service: 'batch', ageMs, cpuMillis: 2000 }] });
    expect(victims(young(VICTIM_AGE_MS - 1))).toEqual([]);
    expect(victims(young(VICTIM_AGE_MS))).toEqual(['batch-1 on h-a']);
  });

  it('a task that is being replaced, or is of an older revision', () => {
    const tasks = [
      { on: 'a', service: 'batch', slot: 1, digest: 'd0', cpuMillis: 2000 },
      { on: 'b', service: 'batch', slot: 1, cpuMillis: 2000, report: { health: 'starting' } },
    ] as const;
    expect(victims(full({ replicas: 1 }, { tasks }))).toEqual([]);
    expect(victims(full({ replicas: 1 }, { tasks: tasks.slice(0, 1) }))).toEqual([]);
  });

  it('a task on a host that is drained', () => {
    const drain = { reason: 'it is to go', byMs: null, sinceMs: NOW, cause: 'asked' } as const;
    expect(victims(full({}, { hosts: { a: { state: 'draining', drain } } }))).toEqual([]);
  });

  it('one of a service that is to go: it goes anyway, and its room is kept', () => {
    const tasks = [{ on: 'a', service: 'old', cpuMillis: 2000 }];
    const state = full({}, { tasks });
    const plan = pass(state);
    expect(plan.decisions.map(({ code }) => code)).not.toContain('task-preempted');
    expect(plan.manifests[0]?.assignments).toMatchObject([{ wanted: 'drain', leavesFor: ['shop/web-1'] }]);
  });
});

describe('of several choices it takes', () => {
  const web = { priority: 90, preempt: 'atOnce' } as const;
  const low = (priority: number) => ({ priority });
  const choose = (services: Scene['services'], tasks: Scene['tasks']) =>
    victims(scene({ services: { web, ...services }, tasks }));

  it('the lowest priority, on whatever host and in whatever number', () => {
    const services = { x: low(30), y: low(20), z: low(20) };
    const tasks = [
      { on: 'a', service: 'x', cpuMillis: 1500 },
      { on: 'b', service: 'y', cpuMillis: 1000 },
      { on: 'b', service: 'z', cpuMillis: 1000 },
    ];
    expect(choose(services, tasks)).toEqual(['y-1 on h-b']);
    const half = tasks.map((one) => (one.on === 'b' ? { ...one, cpuMillis: 900 } : one));
    const services2 = { ...services, web: { ...web, cpuMillis: 1800 } };
    expect(choose(services2, half)).toEqual(['y-1 on h-b', 'z-1 on h-b']);
  });

  it('one rather than two', () => {
    const services = { x: low(20), y: low(20), z: low(20) };
    const tasks = [
      { on: 'a', service: 'x', cpuMillis: 500, ageMs: 100_000 },
      { on: 'a', service: 'y', cpuMillis: 500, ageMs: 100_000 },
      { on: 'a', service: 'z', cpuMillis: 1000, ageMs: 900_000 },
    ];
    expect(choose(services, tasks)).toEqual(['z-1 on h-a']);
  });

  it('the newest, and of equal ones that which frees the least beyond need', () => {
    const services = { x: low(20), y: low(20) };
    const tasks = (x: number, y: number, [ageX, ageY]: [number, number]) => [
      { on: 'a', service: 'x', cpuMillis: x, ageMs: ageX },
      { on: 'b', service: 'y', cpuMillis: y, ageMs: ageY },
    ];
    expect(choose(services, tasks(2000, 1500, [200_000, 300_000]))).toEqual(['x-1 on h-a']);
    const together = [
      { on: 'a', service: 'x', cpuMillis: 1100, memoryBytes: 4 * 1024 },
      { on: 'a', service: 'y', cpuMillis: 900, memoryBytes: 2 * 1024 },
    ];
    const small = { ...services, web: { ...web, cpuMillis: 800 } };
    expect(choose(small, together)).toEqual(['y-1 on h-a']);
    // On two hosts that are alike but for what is freed.
    const wider = [
      { on: 'a', service: 'x', cpuMillis: 2000 },
      { on: 'b', service: 'y', cpuMillis: 1000 },
      { on: 'b', service: 'web', slot: 2, cpuMillis: 900 },
    ];
    const pair = { ...services, web: { ...web, replicas: 2, spec: { maxReplicasPerHost: 5 } } };
    expect(choose(pair, wider)).toEqual(['y-1 on h-b']);
  });

  it('a zone that has none of its replicas', () => {
    const state = scene({
      services: { web: { ...web, replicas: 2 }, x: low(20), y: low(20) },
      tasks: [
        { on: 'a', service: 'web', slot: 1 },
        { on: 'a', service: 'x', ageMs: 100_000 },
        { on: 'b', service: 'y', ageMs: 900_000, cpuMillis: 2000 },
      ],
      hosts: { b: { zone: 'us-east-1b' } },
    });
    expect(victims(state)).toEqual(['y-1 on h-b']);
  });

  it('what leaves anyway, if that is enough', () => {
    const tasks = [
      { on: 'a', service: 'x', wanted: 'drain', cpuMillis: 1000 },
      { on: 'a', service: 'y', cpuMillis: 1000 },
    ] as const;
    const state = scene({ services: { web, y: low(20) }, tasks });
    const plan = pass(state);
    expect(preempted(state, plan)).toEqual([]);
    expect(plan.manifests[0]?.assignments[0]).toMatchObject({ service: 'x', leavesFor: ['shop/web-1'] });
    expect(waits(plan, 'web')).toEqual(['waits for room on host h-a: 1 task of lower priority is leaving']);
    const mine = tasks.map((one) => (one.service === 'x' ? { ...one, priority: 90 } : one));
    const equal = pass(scene({ services: { web, y: low(20) }, tasks: mine }));
    expect(waits(equal, 'web')).toEqual(['waits for room on host h-a: 1 task is leaving']);
  });

  it('whoever holds the GPUs that it needs', () => {
    const gpus = { count: 1, sharePercent: 100 };
    const resources = { reservedCpuMillis: 100, reservedMemoryBytes: 1024, limitPids: 1, gpus };
    const state = scene({
      services: { web: { ...web, spec: { resources } }, x: low(20), y: low(20) },
      tasks: [
        { on: 'a', service: 'x', ageMs: 100_000, cpuMillis: 10 },
        { on: 'a', service: 'y', cpuMillis: 10, gpus: ['g0'], gpuSharePercent: 50 },
      ],
      hosts: { a: { capacity: { cpuMillis: 2000, memoryBytes: 2 ** 31, pids: 1000, gpus: ['g0'] } } },
    });
    expect(victims(state)).toEqual(['y-1 on h-a']);
  });
});
