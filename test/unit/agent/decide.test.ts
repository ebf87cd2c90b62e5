/** The agent's decision: the table at its head, and the rules of retries. */
import { describe, expect, it } from '@jest/globals';
import { decide, STRAY_AGE_MS, type Step } from '../../../agent/decide.ts';
import { BACK_OFF, CRASH_LOOP, HEALTHY_RUN_MS } from '../../../agent/tasks/retry.ts';
import { newTask, type TaskState } from '../../../agent/tasks/task-state.ts';
import type { TaskPhase } from '../../../contract/agent-protocol.ts';
import { NOON_MS } from '../../support/fake-clock.ts';
import { container, scene, TASK, type Scene } from './scenes.ts';

const verdict = (
  given: Scene,
): { step: Step | undefined; state: TaskState | undefined; wakeInMs: number | undefined } => {
  const { tasks, steps, wakeAtMs } = decide(scene(given));
  return {
    step: steps[0],
    state: tasks[TASK],
    wakeInMs: wakeAtMs === undefined ? undefined : wakeAtMs - NOON_MS,
  };
};
const exited = container({ state: 'exited', exitCode: 3, finishedAt: 'once' });
const wasUp = { phase: 'running', attempt: 1, containerId: 'c1' } as const;

describe('the table', () => {
  it.each<[string, Scene, Step['kind'] | undefined, TaskPhase]>([
    ['run, nothing there', {}, 'launch', 'assigned'],
    ['run, image missing', { state: { pull: 'needed' } }, 'pull', 'pulling'],
    ['run, created', { container: container({ state: 'created' }) }, 'start', 'assigned'],
    ['run, running', { container: container() }, undefined, 'running'],
    ['run, exited just now', { container: exited, state: wasUp }, undefined, 'running'],
    [
      'run, exited, back-off over',
      { container: exited, state: { ...wasUp, countedExit: 'once', failuresInRow: 1 } },
      'start',
      'running',
    ],
    ['run, dead', { container: container({ state: 'dead' }), state: wasUp }, 'remove', 'running'],
    [
      'run, being removed',
      { container: container({ state: 'removing' }), state: wasUp },
      undefined,
      'running',
    ],
    ['run, failed before', { container: exited, state: { ...wasUp, phase: 'failed' } }, undefined, 'failed'],
    ['drain, running', { wanted: 'drain', container: container() }, undefined, 'draining'],
    ['drain, exited', { wanted: 'drain', container: exited, state: wasUp }, undefined, 'stopped'],
    ['drain, never started', { wanted: 'drain' }, undefined, 'stopped'],
    ['stop, running', { wanted: 'stop', container: container() }, 'signal', 'stopping'],
    [
      'stop, signalled, within grace',
      { wanted: 'stop', container: container(), state: { ...wasUp, signalledAtMs: NOON_MS - 9999 } },
      undefined,
      'stopping',
    ],
    [
      'stop, grace over',
      { wanted: 'stop', container: container(), state: { ...wasUp, signalledAtMs: NOON_MS - 10_000 } },
      'kill',
      'stopping',
    ],
    ['stop, exited', { wanted: 'stop', container: exited, state: wasUp }, 'remove', 'stopping'],
    ['stop, gone', { wanted: 'stop', state: wasUp }, undefined, 'stopped'],
    [
      'stop, failed and still there',
      { wanted: 'stop', container: exited, state: { phase: 'failed' } },
      'remove',
      'failed',
    ],
    [
      'run again after a stop began',
      { container: container(), state: { phase: 'stopping' } },
      'signal',
      'stopping',
    ],
    [
      'run again after a drain',
      { container: container(), state: { phase: 'draining' } },
      undefined,
      'draining',
    ],
    [
      'stop, offline',
      { wanted: 'stop', container: container(), input: { online: false } },
      undefined,
      'draining',
    ],
  ])('%s', (_name, given, step, phase) => {
    const result = verdict(given);
    expect([result.step?.kind, result.state?.phase]).toEqual([step, phase]);
  });

  it('doubles the wait between attempts, up to its end', () => {
    const waits = [0, 1, 2, 8, 9, 15].map(
      (failuresInRow) => verdict({ container: exited, state: { ...wasUp, failuresInRow } }).wakeInMs,
    );
    expect(waits).toEqual([100, 200, 400, 25_600, BACK_OFF.longestMs, BACK_OFF.longestMs]);
  });

  it('gives up at the eleventh failure within the window, not at the tenth', () => {
    const failed = (count: number, agoMs: number): TaskPhase | undefined =>
      verdict({
        container: exited,
        state: { ...wasUp, failedAtMs: Array.from({ length: count }, () => NOON_MS - agoMs) },
      }).state?.phase;
    expect(failed(CRASH_LOOP.attempts - 1, 1000)).toBe('running');
    expect(failed(CRASH_LOOP.attempts, 1000)).toBe('failed');
    expect(failed(CRASH_LOOP.attempts, CRASH_LOOP.windowMs)).toBe('running');
  });

  it('forgives after a minute of health, not before', () => {
    const failures = (healthyMs: number): number | undefined =>
      verdict({
        container: container(),
        state: {
          ...wasUp,
          failuresInRow: 4,
          failedAtMs: [NOON_MS - 100_000],
          healthySinceMs: NOON_MS - healthyMs,
        },
      }).state?.failuresInRow;
    expect(failures(HEALTHY_RUN_MS - 1)).toBe(4);
    expect(failures(HEALTHY_RUN_MS)).toBe(0);
  });

  it('does not wait for a clock that was set back', () => {
    const state = { ...wasUp, countedExit: 'once', notBeforeMs: NOON_MS + 3_600_000 };
    expect(verdict({ container: exited, state }).step?.kind).toBe('start');
  });

  it('takes what maxRetries 0 means from Docker: no limit', () => {
    const restart = { policy: 'on-failure', maxRetries: 0 } as const;
    const result = verdict({ container: exited, state: { ...wasUp, failuresInRow: 5 }, spec: { restart } });
    expect(result.state?.phase).toBe('running');
  });

  it('leaves strays alone until online, then stops them with their own grace', () => {
    const stray = {
      manifest: { ...scene({}).manifest!, assignments: [] },
      containers: new Map([[TASK, container({ stopGraceMs: 1500 })]]),
    };
    expect(decide(scene({ input: { ...stray, online: false } })).steps).toEqual([]);
    expect(decide(scene({ input: { ...stray, manifest: undefined } })).steps).toEqual([]);
    const first = decide(scene({ input: stray }));
    expect([first.steps, first.wakeAtMs]).toEqual([[], NOON_MS + STRAY_AGE_MS]);
    const nowMs = NOON_MS + STRAY_AGE_MS;
    const { steps, wakeAtMs } = decide(scene({ input: { ...stray, tasks: first.tasks, nowMs } }));
    const why = 'no manifest has named it for a minute';
    expect(steps).toEqual([{ kind: 'signal', task: TASK, id: 'c1', signal: 'SIGTERM', why }]);
    expect(wakeAtMs).toBe(nowMs + 1500);
  });

  it('stops strays one after the other, a tenth of all at once, and forgets what is assigned again', () => {
    const containers = new Map(
      Array.from({ length: 25 }, (_, index) => [`stray-${index}`, container({ id: `c${index}` })] as const),
    );
    const manifest = { ...scene({}).manifest!, assignments: [] };
    const first = decide(scene({ input: { manifest, containers } }));
    const nowMs = NOON_MS + STRAY_AGE_MS;
    const second = decide(scene({ input: { manifest, containers, tasks: first.tasks, nowMs } }));
    expect(second.steps).toHaveLength(2);
    const third = decide(scene({ input: { manifest, containers, tasks: second.tasks, nowMs: nowMs + 1 } }));
    expect(third.steps).toEqual([]);
    const again = decide(scene({ input: { tasks: { [TASK]: { ...newTask, strayAtMs: NOON_MS } } } }));
    expect(again.tasks[TASK]?.strayAtMs).toBeUndefined();
  });
});
