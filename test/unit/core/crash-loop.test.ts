/** #36 A deploy whose replicas crash again and again ends, with the reason, whatever the rhythm of the crashes. */
import { describe, expect, it } from '@jest/globals';
import { decideCluster } from '../../../functions/core/decide-cluster.ts';
import type { ServiceState } from '../../../functions/core/model/stack.ts';
import type { TaskReport } from '../../../functions/core/model/task.ts';
import {
  assignment,
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

const MINUTE = 60_000;
const { progressDeadlineMs } = settings();
const replicas = 3;
const tasks = Array.from({ length: replicas }, (_, index) => assignment(String(index), { slot: index + 1 }));
const crashed: Partial<TaskReport> = {
  health: 'unhealthy',
  exitCode: 137,
  reason: { code: 'oom-killed', message: 'Killed for exceeding its memory limit (exit code 137)' },
};

/** The service after a pass, as its tasks are then. */
function pass(
  before: ServiceState | null,
  reports: readonly Partial<TaskReport>[],
  nowMs: number,
): ServiceState {
  const told = tasks.map((each, index) => taskReport(each.task, reports[index] ?? {}));
  const view = snapshot({
    stacks: [head()],
    revisions: [revision({ web: serviceSpec({ replicas }) })],
    services: before === null ? [] : [before],
    hosts: [hostView(host('a'), tasks, told)],
    sweep: { sweptAtMs: nowMs, freshFromMs: 0 },
  });
  const [after] = decideCluster(view, nowMs, 'seed').services;
  return after ?? before!;
}

describe('a deploy that made no progress in time, though nothing of it failed', () => {
  it('goes on when its hosts are heard again', () => {
    const [first, second, third] = tasks;
    const old = { ...second!, digest: 'd0' };
    const before: ServiceState = {
      ...pass(null, [], NOW - 2 * progressDeadlineMs),
      state: 'failed',
      reached: 2 * replicas,
    };
    const view = (over: Partial<TaskReport>) =>
      snapshot({
        stacks: [head()],
        revisions: [revision({ web: serviceSpec({ replicas }) })],
        services: [before],
        hosts: [
          hostView(
            host('a'),
            [first!, old, third!],
            [taskReport(first!.task, over), taskReport(old.task), taskReport(third!.task)],
          ),
        ],
        sweep: { sweptAtMs: NOW, freshFromMs: 0 },
      });
    const placed = (over: Partial<TaskReport>) =>
      decideCluster(view(over), NOW, 'seed').decisions.filter(({ code }) => code === 'task-placed').length;
    expect(placed({})).toBe(1);
    expect(placed({ health: 'starting' })).toBe(0);
  });
});

describe('#36 replicas that crash and come back, by turns', () => {
  it('are no progress: the deploy fails by its deadline, with the exit code', () => {
    let state: ServiceState | null = null;
    let failedAtMs: number | undefined;
    for (let at = 0; at <= progressDeadlineMs + 2 * MINUTE && failedAtMs === undefined; at += MINUTE / 2) {
      const down = (at / (MINUTE / 2)) % replicas; // one after the other, two of three always healthy
      const both = at % MINUTE === 0 ? [down, (down + 1) % replicas] : [down];
      state = pass(
        state,
        tasks.map((_, index) => (both.includes(index) ? crashed : {})),
        NOW + at,
      );
      if (state.state === 'failed') failedAtMs = at;
    }
    expect(failedAtMs).toBeDefined();
    expect(failedAtMs).toBeLessThanOrEqual(progressDeadlineMs + MINUTE);
    expect(state?.reason).toContain('no progress within 600 s');
    expect(state?.reason).toContain('exit code 137');
  });

  it('while each next one that stays up starts the clock afresh', () => {
    let state: ServiceState | null = null;
    for (let up = 0; up < replicas; up++) {
      const at = up * (progressDeadlineMs - MINUTE);
      state = pass(
        state,
        tasks.map((_, index) => (index < up ? {} : crashed)),
        NOW + at,
      );
      expect([up, state.state, state.progressAtMs]).toEqual([up, 'progressing', NOW + at]);
    }
    expect(pass(state, [], NOW + 30 * MINUTE).state).toBe('converged');
  });

  it('begin a new clock when all had been well before', () => {
    const well = pass(null, [], NOW);
    expect(well.state).toBe('converged');
    const later = NOW + 60 * MINUTE;
    const fallen = pass(well, [crashed], later);
    expect(fallen).toMatchObject({ state: 'progressing', progressAtMs: later });
    expect(pass(fallen, [crashed], later + progressDeadlineMs + 1).state).toBe('failed');
  });
});
