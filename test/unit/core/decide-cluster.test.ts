import { describe, expect, it } from '@jest/globals';
import { decideCluster } from '../../../functions/core/decide-cluster.ts';
import type { TaskEntry } from '../../../functions/core/model/directory.ts';
import type { ServiceSpec } from '../../../functions/core/model/service-spec.ts';
import type { HostView, Snapshot } from '../../../functions/core/model/snapshot.ts';
import {
  assignment,
  directoryName,
  head,
  host,
  hostView,
  lease,
  MIB,
  NOW,
  revision,
  serviceSpec,
  snapshot,
  taskReport,
} from '../../support/builders.ts';

const shop = (
  spec: Partial<ServiceSpec>,
  hosts: readonly HostView[],
  over: Partial<Snapshot> = {},
): Snapshot =>
  snapshot({ stacks: [head()], revisions: [revision({ web: serviceSpec(spec) })], hosts, ...over });

const decide = (state: Snapshot, nowMs = NOW) => decideCluster(state, nowMs, 'seed');
const wantedOf = (plan: ReturnType<typeof decide>) =>
  plan.manifests.flatMap((one) => one.assignments.map(({ task, wanted }) => [task, wanted]));
const left = (outAtMs?: number): TaskEntry => ({
  state: 'leaving',
  plan: 3,
  ttlSeconds: 10,
  serving: false,
  final: true,
  ...(outAtMs === undefined ? {} : { outAtMs }),
});

describe('a pass over the cluster', () => {
  it('waits for a host, with the reason, when there is none', () => {
    const plan = decide(shop({ replicas: 2 }, []));
    expect(plan.unplaced).toHaveLength(2);
    expect(plan.services[0]).toMatchObject({
      state: 'progressing',
      reason: expect.stringContaining('waiting for a host for web-1: there is no host yet'),
    });
    expect(plan.decisions.map((one) => one.code)).toContain('task-waiting');
  });

  it('places on a ready host and says why there', () => {
    const plan = decide(shop({ replicas: 2 }, [hostView(host('a'))]));
    expect(plan.manifests[0]?.assignments.map((one) => one.slot)).toEqual([1, 2]);
    expect(
      plan.decisions
        .filter((one) => one.code === 'task-placed')
        .map((one) => one.message)
        .join(),
    ).toMatch(/the only host that fits/);
  });

  it.each(['requested', 'booting', 'draining', 'suspect', 'lost', 'terminating'] as const)(
    'places nothing on a host that is %s',
    (state) => {
      expect(decide(shop({}, [hostView(host('a', { state }))])).unplaced).toHaveLength(1);
    },
  );

  it('places nothing where Docker does not answer', () => {
    const view = hostView(host('a'));
    const deaf = { ...view, report: view.report && { ...view.report, dockerAnswers: false } };
    expect(decide(shop({}, [deaf])).unplaced).toHaveLength(1);
  });

  it('decides nothing the second time', () => {
    const state = shop({ replicas: 2 }, [hostView(host('a'))]);
    const first = decide(state);
    const view = hostView(host('a'), first.manifests[0]?.assignments ?? []);
    const again = decide({
      ...state,
      hosts: [view],
      services: first.services.map((one) => ({ ...one, version: 1 })),
    });
    expect([again.manifests, again.removedServices, again.removedStacks, again.decisions]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  it('writes a manifest that went back anew, past the generation that its agent holds', () => {
    const state = shop({}, [hostView(host('a'), [assignment('a')], [taskReport('web-1-a')])]);
    const [view] = state.hosts;
    const held = (generation: number) => ({ ...lease(host('a'), 0), generation });
    const told = view!.report!;
    const generations = (over: Partial<HostView>) =>
      decide({ ...state, hosts: [{ ...view!, ...over }] }).manifests.map((one) => one.generation);
    expect(generations({ lease: held(1) })).toEqual([]);
    expect(generations({ lease: held(7) })).toEqual([8]);
    expect(generations({ report: { ...told, generation: 9 } })).toEqual([10]);
    const gone = { host: { ...host('a'), state: 'terminated' as const }, lease: held(7) };
    expect(generations({ ...gone, manifest: { ...view!.manifest, assignments: [] } })).toEqual([]);
  });

  it('is converged only when all replicas are healthy', () => {
    const tasks = [assignment('a'), assignment('b', { slot: 2 })];
    const half = [taskReport(tasks[0]!.task), taskReport(tasks[1]!.task, { health: 'starting' })];
    expect(decide(shop({ replicas: 2 }, [hostView(host('a'), tasks, half)])).services[0]).toMatchObject({
      state: 'progressing',
      running: 2,
      healthy: 1,
    });
    const all = tasks.map((one) => taskReport(one.task));
    expect(decide(shop({ replicas: 2 }, [hostView(host('a'), tasks, all)])).services[0]).toMatchObject({
      state: 'converged',
      healthy: 2,
    });
  });
});

describe('a new revision', () => {
  const old = [assignment('a', { digest: 'd0' }), assignment('b', { digest: 'd0', slot: 2, ports: [] })];
  const healthy = old.map((one) => taskReport(one.task));

  it('starts one replacement first and touches nothing else', () => {
    const plan = decide(shop({ replicas: 2 }, [hostView(host('a'), old, healthy)]));
    expect(plan.manifests[0]?.assignments.map((one) => [one.slot, one.digest, one.wanted])).toEqual([
      [1, 'd0', 'run'],
      [2, 'd0', 'run'],
      [1, 'd1', 'run'],
    ]);
  });

  it('waits while the replacement is not healthy', () => {
    const next = assignment('n', { digest: 'd1' });
    const plan = decide(
      shop({ replicas: 2 }, [
        hostView(host('a'), [...old, next], [...healthy, taskReport(next.task, { health: 'starting' })]),
      ]),
    );
    expect(plan.manifests).toEqual([]);
  });

  it('drains the old task once its replacement is healthy, and begins with the next slot', () => {
    const next = assignment('n', { digest: 'd1' });
    const plan = decide(
      shop({ replicas: 2 }, [hostView(host('a'), [...old, next], [...healthy, taskReport(next.task)])]),
    );
    const after = plan.manifests[0]?.assignments.map((one) => [one.slot, one.digest, one.wanted]);
    expect(after).toEqual([
      [1, 'd0', 'drain'],
      [2, 'd0', 'run'],
      [1, 'd1', 'run'],
      [2, 'd1', 'run'],
    ]);
  });

  it('replaces nothing when only the number of replicas differs', () => {
    const same = old.map((one) => ({ ...one, digest: 'd1' }));
    const plan = decide(shop({ replicas: 3 }, [hostView(host('a'), same, healthy)]));
    expect(plan.manifests[0]?.assignments.map((one) => [one.slot, one.wanted])).toEqual([
      [1, 'run'],
      [2, 'run'],
      [3, 'run'],
    ]);
  });

  it('fails after three failures of a slot in a row, keeps the old tasks, and goes no further', () => {
    const bad = assignment('n', { digest: 'd1' });
    const report = taskReport(bad.task, {
      phase: 'failed',
      reason: { code: 'crash-loop', message: 'it exits with 1' },
    });
    const before = {
      stack: 'shop',
      service: 'web',
      revision: 1,
      digest: 'd1',
      replicas: 2,
      state: 'progressing' as const,
      reason: '',
      progressAtMs: NOW,
      running: 0,
      healthy: 0,
      slots: { '1': { failures: 2, retryAtMs: 0, reason: 'x' } },
      version: 4,
    };
    const plan = decide(
      shop({ replicas: 2 }, [hostView(host('a'), [...old, bad], [...healthy, report])], {
        services: [before],
      }),
    );
    expect(plan.services[0]).toMatchObject({
      state: 'failed',
      reason: 'web-1 failed 3 times: it exits with 1',
    });
    expect(wantedOf(plan)).toEqual([
      ['web-1-a', 'run'],
      ['web-1-b', 'run'],
      ['web-1-n', 'stop'],
    ]);
  });
});

describe('the way out of a task', () => {
  const draining = assignment('a', { wanted: 'drain', wantedAtMs: NOW - 5000 });
  const running = [taskReport(draining.task)];
  const state = (entry: TaskEntry | null, tasks = running, one = draining) =>
    snapshot({
      hosts: [hostView(host('a'), [one], tasks)],
      directory: {
        head: { plan: 3, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 },
        names: entry ? [directoryName('web.shop', { [one.task]: entry })] : [],
      },
    });

  it('is not stopped while DNS has said nothing of it', () => {
    expect(decide(state(null)).manifests).toEqual([]);
    expect(decide(state({ state: 'in', plan: 2, ttlSeconds: 10, serving: true })).manifests).toEqual([]);
    expect(decide(state(left())).manifests).toEqual([]);
  });

  it('is stopped when the TTL after INSYNC is over, and asks to be woken then', () => {
    const waiting = decide(state(left(NOW + 9000)));
    expect([waiting.manifests, waiting.wakeAtMs]).toEqual([[], NOW + 9000]);
    expect(wantedOf(decide(state(left(NOW))))).toEqual([['web-1-a', 'stop']]);
  });

  it('is not stopped for having been out of DNS before: a pass under way may publish it again', () => {
    const before = { ...left(NOW - 60_000), final: undefined };
    expect(decide(state(before)).manifests).toEqual([]);
    expect(wantedOf(decide(state(left(NOW - 60_000))))).toEqual([['web-1-a', 'stop']]);
  });

  it('is stopped at the drain deadline whatever DNS does', () => {
    const late = assignment('a', { wanted: 'drain', wantedAtMs: NOW - 120_000 });
    const plan = decide(state(left(), [taskReport(late.task)], late));
    expect(wantedOf(plan)).toEqual([['web-1-a', 'stop']]);
    expect(plan.decisions[0]?.code).toBe('drain-deadline');
  });

  it('stays in the manifest, port and all, until it has ended and DNS has let go', () => {
    const stopping = assignment('a', { wanted: 'stop', wantedAtMs: NOW - 5000 });
    const ended = [taskReport(stopping.task, { phase: 'stopped' })];
    expect(decide(state(left(NOW + 1), ended, stopping)).manifests).toEqual([]);
    expect(decide(state(left(NOW), ended, stopping)).manifests).toMatchObject([
      { host: 'h-a', assignments: [] },
    ]);
  });

  it('goes at once with its host', () => {
    const gone = hostView(host('a', { state: 'terminated' }), [assignment('a')], running);
    expect(decide(shop({}, [gone])).manifests).toMatchObject([{ host: 'h-a', assignments: [] }]);
  });
});

describe('removal', () => {
  it('drains everything, newest slots too, and ends when nothing runs', () => {
    const tasks = [assignment('a'), assignment('b', { slot: 2, ports: [] })];
    const absent = shop(
      { replicas: 2 },
      [
        hostView(
          host('a'),
          tasks,
          tasks.map((one) => taskReport(one.task)),
        ),
      ],
      { stacks: [head('shop', { wanted: 'absent' })] },
    );
    expect(wantedOf(decide(absent)).map(([, wanted]) => wanted)).toEqual(['drain', 'drain']);
    const empty = decide({ ...absent, hosts: [hostView(host('a'))] });
    expect(empty.removedStacks.map((one) => one.name)).toEqual(['shop']);
  });

  it('takes the newest slots when there are too many', () => {
    const tasks = [1, 2, 3].map((slot) => assignment(String(slot), { slot, ports: [] }));
    const plan = decide(
      shop({ replicas: 1 }, [
        hostView(
          host('a'),
          tasks,
          tasks.map((one) => taskReport(one.task)),
        ),
      ]),
    );
    expect(plan.decisions.filter((one) => one.code === 'task-draining').map((one) => one.subject)).toEqual([
      'shop/web-2',
      'shop/web-3',
    ]);
  });
});

describe('failed tasks', () => {
  const failed = (policy: ServiceSpec['restart']['policy']) => {
    const one = assignment('a');
    const report = taskReport(one.task, {
      phase: 'failed',
      reason: { code: 'crash-loop', message: 'exit 1' },
    });
    return decide(shop({ restart: { policy } }, [hostView(host('a'), [one], [report])]));
  };

  it('are replaced after a pause', () => {
    const plan = failed('always');
    expect(wantedOf(plan)).toEqual([['web-1-a', 'stop']]);
    expect(plan.services[0]?.slots['1']).toMatchObject({
      failures: 1,
      retryAtMs: NOW + 10_000,
      reason: 'exit 1',
    });
  });

  it('stay, and fail the deploy, when the file wants no other try', () => {
    const plan = failed('no');
    expect(plan.manifests).toEqual([]);
    expect(plan.services[0]).toMatchObject({ state: 'failed', reason: 'web-1 failed: exit 1' });
  });

  it('that ran to their end with restart: no are done, not failed', () => {
    const one = assignment('a');
    const plan = decide(
      shop({ restart: { policy: 'no' } }, [
        hostView(host('a'), [one], [taskReport(one.task, { phase: 'stopped', exitCode: 0 })]),
      ]),
    );
    expect(plan.services[0]).toMatchObject({ state: 'converged' });
  });
});

describe('waiting', () => {
  it('for a host is told as such even past the deadline', () => {
    const first = decide(
      shop({ resources: { reservedCpuMillis: 9000, reservedMemoryBytes: MIB, limitPids: 1 } }, [
        hostView(host('a')),
      ]),
    );
    const state = first.services.map((one) => ({ ...one, version: 1 }));
    const late = decide(
      shop(
        { resources: { reservedCpuMillis: 9000, reservedMemoryBytes: MIB, limitPids: 1 } },
        [hostView(host('a'))],
        { services: state },
      ),
      NOW + 600_001,
    );
    expect(late.services[0]?.reason).toMatch(
      /^no progress within 600 s; waiting for a host for web-1: h-a: needs 9 vCPU, 2 of it free/,
    );
  });
});

describe('a deploy gate', () => {
  const gated = (healthySinceMs: number | undefined, nowMs = NOW) => {
    const old = assignment('old', { digest: 'd0', revision: 0 });
    const fresh = assignment('new', { createdAtMs: NOW - 5000 });
    const reports = [
      taskReport(old.task),
      taskReport(fresh.task, healthySinceMs === undefined ? {} : { healthySinceMs }),
    ];
    const state = shop({ health: { deployGateMs: 30_000 } }, [hostView(host('a'), [old, fresh], reports)]);
    return decide(state, nowMs);
  };

  it('keeps the old task until the new one has been healthy so long, and looks again then', () => {
    const plan = gated(NOW - 12_000);
    expect(wantedOf(plan)).toEqual([]);
    expect(plan.services[0]).toMatchObject({ state: 'progressing', healthy: 1 });
    expect(plan.services[0]?.reason).toContain('counts after 30 s without a break (deployGate)');
    expect(plan.wakeAtMs).toBe(NOW + 18_000);
  });

  it('lets the old one go when it is over', () => {
    expect(wantedOf(gated(NOW - 30_000))).toEqual([
      ['web-1-old', 'drain'],
      ['web-1-new', 'run'],
    ]);
  });

  it('begins anew with each break', () => {
    expect(wantedOf(gated(NOW - 30_000, NOW))).not.toEqual([]);
    expect(wantedOf(gated(NOW - 1000, NOW + 28_999))).toEqual([]);
    expect(wantedOf(gated(NOW - 1000, NOW + 29_000))).not.toEqual([]);
  });

  it('is passed by what was healthy before times were noted', () => {
    expect(wantedOf(gated(undefined))).toContainEqual(['web-1-old', 'drain']);
  });

  it('is no standstill: the deadline is that much later', () => {
    const fresh = assignment('new');
    const at = (nowMs: number, services: Snapshot['services']) => {
      const report = taskReport(fresh.task, { healthySinceMs: NOW - 1000 });
      const spec = { health: { deployGateMs: 3_600_000 } };
      return decide(shop(spec, [hostView(host('a'), [fresh], [report])], { services }), nowMs).services;
    };
    const begun = at(NOW, []);
    expect(begun[0]?.state).toBe('progressing');
    expect(at(NOW + 3_598_999, begun)).toEqual([]);
    expect(at(NOW + 3_599_000, begun)[0]?.state).toBe('converged');
  });
});

describe('a revision that leaves the container as it is', () => {
  it('takes over its tasks, once, so that their host reads its probes', () => {
    const task = assignment('a');
    const view = hostView(host('a'), [task], [taskReport(task.task)]);
    const next = revision({ web: serviceSpec({ health: { deployGateMs: 0 } }) }, { number: 2 });
    const state = snapshot({ stacks: [head('shop', { revision: 2 })], revisions: [next], hosts: [view] });
    const [manifest] = decide(state).manifests;
    expect(manifest?.assignments).toEqual([{ ...task, revision: 2 }]);
    const again = { ...view, manifest: { ...view.manifest, assignments: manifest?.assignments ?? [] } };
    expect(decide({ ...state, hosts: [again] }).manifests).toEqual([]);
  });

  it('leaves drained tasks to theirs', () => {
    const task = assignment('a', { wanted: 'drain' });
    const state = snapshot({
      stacks: [head('shop', { revision: 2 })],
      revisions: [revision({ web: serviceSpec({}) }, { number: 2 })],
      hosts: [hostView(host('a'), [task], [taskReport(task.task)])],
    });
    expect(decide(state).manifests[0]?.assignments[0]?.revision).toBe(1);
  });
});

describe('a report of an earlier boot of its host', () => {
  it('says nothing of what runs there now: the task serves nobody, and is not replaced', () => {
    const of = host('a', { bootId: 'boot-2' });
    const view = hostView(of, [assignment('a')], [taskReport('web-1-a')]);
    const before = { ...view, report: { ...view.report!, bootId: 'boot-1' } };
    const at = (one: HostView) => decide(shop({}, [one]));
    expect(at(view).services[0]).toMatchObject({ state: 'converged' });
    expect(at(before).services[0]).toMatchObject({ state: 'progressing', healthy: 0 });
    expect(at(before).manifests).toEqual([]);
  });
});
