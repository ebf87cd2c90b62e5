import { describe, expect, it } from '@jest/globals';
import type { TaskEntry } from '../../../functions/core/model/directory.ts';
import type { TaskPhase, WantedState } from '../../../functions/core/model/task.ts';
import type { TaskView } from '../../../functions/core/rollout/task-view.ts';
import { wayOut } from '../../../functions/core/rollout/way-out.ts';

const NOW = 1_000_000;
const leaving = (outAtMs?: number): TaskEntry => ({
  ...{ state: 'leaving', plan: 4, ttlSeconds: 10, serving: false, final: true },
  ...(outAtMs === undefined ? {} : { outAtMs }),
});
const IN: TaskEntry = { state: 'in', plan: 3, ttlSeconds: 10, serving: true };

describe('on its way out, a task is', () => {
  it.each<[wanted: WantedState, phase: TaskPhase, entry: TaskEntry | undefined, words: RegExp | null]>([
    ['run', 'running', IN, null],
    ['run', 'failed', IN, null],
    ['drain', 'draining', IN, /^leaving DNS$/],
    ['drain', 'assigned', undefined, /^leaving DNS$/],
    ['drain', 'draining', leaving(), /^leaving DNS: waiting for Route 53/],
    ['drain', 'draining', leaving(NOW + 1), /^out of DNS, waiting for the TTL \(10 s\)$/],
    ['drain', 'draining', leaving(NOW), /^out of DNS, about to be stopped$/],
    ['stop', 'running', leaving(NOW), /^stopping: its stop signal/],
    ['stop', 'stopping', IN, /^stopping: its stop signal/],
    ['stop', 'stopped', leaving(NOW), /^stopped, about to be forgotten$/],
    ['stop', 'failed', leaving(NOW + 1), /^failed; its port stays taken: out of DNS, waiting for the TTL/],
    ['drain', 'stopped', IN, /^stopped; its port stays taken: leaving DNS$/],
  ])('%s %s', (wanted, phase, entry, words) => {
    const task = { assignment: { wanted }, phase } as unknown as TaskView;
    const told = wayOut(task, entry, NOW);
    if (words === null) expect(told).toBeNull();
    else expect(told).toMatch(words);
  });
});
