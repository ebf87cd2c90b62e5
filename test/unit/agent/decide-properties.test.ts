/** The agent's decision: what holds whatever the state. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, type Input } from '../../../agent/decide.ts';
import { runOf } from '../../../agent/probes/task-health.ts';
import { isFinal, mayFollow, type TaskState } from '../../../agent/tasks/task-state.ts';
import type { TaskPhase } from '../../../contract/agent-protocol.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { NOON_MS } from '../../support/fake-clock.ts';
import { container, scene } from './scenes.ts';

/** Any state that tasks, containers and the world may be in. */
const phases: TaskPhase[] = [
  'assigned',
  'pulling',
  'starting',
  'running',
  'draining',
  'stopping',
  'stopped',
  'failed',
];
const near = fc.integer({ min: NOON_MS - 400_000, max: NOON_MS + 40_000 });
const anyState: fc.Arbitrary<TaskState> = fc.record(
  {
    phase: fc.constantFrom(...phases),
    attempt: fc.nat(20),
    failuresInRow: fc.nat(20),
    failedAtMs: fc.array(near, { maxLength: 11 }),
    notBeforeMs: fc.oneof(fc.constant(0), near),
    pull: fc.constantFrom('unknown', 'needed', 'done'),
    pullFailures: fc.nat(5),
    containerId: fc.constant('c1'),
    healthySinceMs: near,
    countedExit: fc.constantFrom('once', 'twice'),
    signalledAtMs: near,
    killedAtMs: near,
    stopRetryMs: near,
    exitCode: fc.nat(255),
    restartFor: fc.constant({ code: 'liveness-failed' as const, message: 'x' }),
  },
  {
    requiredKeys: ['phase', 'attempt', 'failuresInRow', 'failedAtMs', 'notBeforeMs', 'pull', 'pullFailures'],
  },
);
const anyContainer = fc.record({
  state: fc.constantFrom('created', 'running', 'exited', 'dead', 'removing'),
  health: fc.constantFrom('none', 'starting', 'healthy', 'unhealthy'),
  exitCode: fc.nat(255),
  oomKilled: fc.boolean(),
  finishedAt: fc.constantFrom('once', 'twice'),
});
const anyTask = fc.record({
  assigned: fc.option(
    fc.record({
      wanted: fc.constantFrom('run', 'drain', 'stop'),
      policy: fc.constantFrom('no', 'on-failure', 'always', 'unless-stopped'),
    }),
    { nil: undefined },
  ),
  state: fc.option(anyState, { nil: undefined }),
  container: fc.option(anyContainer, { nil: undefined }),
  busy: fc.boolean(),
  /** What its liveness probe says, if it was asked. */
  alive: fc.constantFrom(undefined, 'starting', 'passing', 'failing'),
});
const PROBED = {
  liveness: {
    kind: 'tcp',
    port: 8080,
    intervalMs: 5000,
    timeoutMs: 2000,
    failures: 3,
    initialDelayMs: 0,
  },
  startGraceMs: 0,
  deployGateMs: 0,
  signal: false,
} as const;
const anyInput: fc.Arbitrary<Input> = fc
  .record({
    tasks: fc.array(anyTask, { maxLength: 6 }),
    manifest: fc.boolean(),
    dockerAnswers: fc.boolean(),
    online: fc.boolean(),
    forbidden: fc.constantFrom(undefined, 'not blocked'),
  })
  .map(({ tasks, manifest, ...rest }) => {
    const all = tasks.map((each, index) => ({ ...each, task: `task-${index}` }));
    const policies = ['no', 'on-failure', 'always', 'unless-stopped'] as const;
    return {
      ...rest,
      nowMs: NOON_MS,
      health: Object.fromEntries(
        all.flatMap(({ task, alive, container: here }) =>
          alive === undefined || here === undefined
            ? []
            : [
                [
                  task,
                  {
                    run: runOf(container({ id: task })),
                    sinceMs: NOON_MS,
                    liveness: {
                      verdict: alive,
                      passed: 0,
                      failed: 0,
                      message: alive === 'failing' ? 'x' : '',
                    },
                  },
                ],
              ],
        ),
      ),
      manifest: manifest
        ? {
            ...scene({}).manifest!,
            specs: Object.fromEntries(
              policies.map((policy) => [policy, spec({ restart: { policy }, health: PROBED })]),
            ),
            assignments: all.flatMap(({ task, assigned }) =>
              assigned === undefined
                ? []
                : [assignment(1, { task, wanted: assigned.wanted, spec: assigned.policy })],
            ),
          }
        : undefined,
      containers: new Map(
        all.flatMap(({ task, container: here }) =>
          here === undefined
            ? []
            : [[task, container({ ...here, id: task, name: `berth-${task}` })] as const],
        ),
      ),
      tasks: Object.fromEntries(
        all.flatMap(({ task, state }) => (state === undefined ? [] : [[task, state]])),
      ),
      busy: new Set(all.filter((each) => each.busy).map((each) => each.task)),
    };
  });

/** The container is being ended because its probe fails. */
const isRestart = (input: Input, task: string): boolean =>
  input.tasks[task]?.restartFor !== undefined || input.health[task]?.liveness?.verdict === 'failing';

describe('whatever the state', () => {
  const holds = (property: (input: Input, decision: ReturnType<typeof decide>) => void): void =>
    fc.assert(
      fc.property(anyInput, (input) => property(input, decide(input))),
      { numRuns: 2000 },
    );

  it('takes one step per task at most, and none for a busy one', () =>
    holds((input, { steps }) => {
      expect(new Set(steps.map((step) => step.task)).size).toBe(steps.length);
      for (const step of steps) expect(input.busy.has(step.task)).toBe(false);
    }));

  it('never lets a phase go back', () =>
    holds((input, { tasks }) => {
      for (const [task, state] of Object.entries(tasks))
        expect(mayFollow(input.tasks[task]?.phase ?? 'assigned', state.phase)).toBe(true);
    }));

  it('begins no stop offline', () =>
    holds((input, { steps }) => {
      if (input.online) return;
      for (const step of steps) {
        const begun = input.tasks[step.task]?.phase === 'stopping';
        if (step.kind === 'signal') expect(isRestart(input, step.task)).toBe(true);
        if (step.kind === 'kill') expect(begun || isRestart(input, step.task)).toBe(true);
        if (step.kind === 'remove') expect(input.containers.get(step.task)?.state).not.toBe('running');
      }
    }));

  it('restarts only what is to run, has failed its probe, and may be started again', () =>
    holds((input, { steps, tasks }) => {
      for (const step of steps.filter(({ kind }) => kind === 'signal' || kind === 'kill')) {
        const wanted = input.manifest?.assignments.find((each) => each.task === step.task)?.wanted;
        const phase = tasks[step.task]?.phase;
        if (wanted !== 'run' || phase === 'stopping') continue;
        expect(isRestart(input, step.task)).toBe(true);
        expect(phase).toBe('running');
        expect(tasks[step.task]?.restartFor).toBeDefined();
        if (input.forbidden !== undefined) expect(input.tasks[step.task]?.restartFor).toBeDefined();
      }
    }));

  it('removes nothing that runs, starts nothing that runs, kills nothing that does not', () =>
    holds((input, { steps }) => {
      for (const step of steps) {
        const runs = input.containers.get(step.task)?.state === 'running';
        expect(runs).toBe(step.kind === 'signal' || step.kind === 'kill');
      }
    }));

  it('starts nothing that is not wanted to run, is over, or is forbidden', () =>
    holds((input, { steps }) => {
      for (const step of steps.filter(
        ({ kind }) => kind === 'launch' || kind === 'start' || kind === 'pull',
      )) {
        expect(input.forbidden).toBeUndefined();
        expect(input.manifest?.assignments.find((each) => each.task === step.task)?.wanted).toBe('run');
        expect(isFinal(input.tasks[step.task]?.phase ?? 'assigned')).toBe(false);
      }
    }));

  it('concludes nothing while Docker does not answer', () =>
    holds((input, decision) => {
      if (!input.dockerAnswers)
        expect(decision).toEqual({ tasks: input.tasks, steps: [], wakeAtMs: undefined });
    }));

  it('changes nothing the second time when there was nothing to do', () =>
    holds((input, first) => {
      if (first.steps.length > 0) return;
      const second = decide({ ...input, tasks: first.tasks });
      expect(second.tasks).toBe(first.tasks);
      expect(second.steps).toEqual([]);
    }));

  it('waits for a time that is still to come', () =>
    holds((input, { wakeAtMs }) => {
      if (wakeAtMs !== undefined) expect(wakeAtMs).toBeGreaterThan(input.nowMs);
    }));

  it('remembers no task that is neither wanted nor there', () =>
    holds((input, { tasks }) => {
      if (!input.dockerAnswers) return;
      for (const task of Object.keys(tasks)) {
        const wanted = input.manifest?.assignments.some((each) => each.task === task);
        expect(wanted === true || input.containers.has(task) || input.busy.has(task)).toBe(true);
      }
    }));
});
