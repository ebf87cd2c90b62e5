/** #35 A clock that was set back while the agent was down: nothing that it remembers waits for the old time. */
import { expect, it } from '@jest/globals';
import { emptyState, inBoot, notLaterThan, type AgentState } from '../../../agent/state-file.ts';
import { newTask } from '../../../agent/tasks/task-state.ts';

const NOW = 1_000_000_000;
const state: AgentState = {
  ...emptyState,
  bootId: 'boot-1',
  tasks: {
    one: { ...newTask, failedAtMs: [NOW - 5, NOW + 600_000], healthySinceMs: NOW + 600_000 },
    two: { ...newTask, healthySinceMs: NOW - 7 },
  },
  health: { one: { run: 'c1 once', sinceMs: NOW + 600_000 } },
};

it('#35 what lies in the future of a clock that was set back counts from now on', () => {
  expect(notLaterThan(state, NOW)).toEqual({
    ...state,
    tasks: {
      one: { ...newTask, failedAtMs: [NOW - 5, NOW], healthySinceMs: NOW },
      two: { ...newTask, healthySinceMs: NOW - 7 },
    },
    health: { one: { run: 'c1 once', sinceMs: NOW } },
  });
});

it('#5 a new boot takes nobody for healthy, the same one and files that name none change nothing', () => {
  expect(inBoot(state, 'boot-1')).toBe(state);
  const { bootId: _none, ...older } = state;
  expect(inBoot(older, 'boot-2')).toEqual({ ...older, bootId: 'boot-2' });
  const next = inBoot(state, 'boot-2');
  expect(next).toMatchObject({
    bootId: 'boot-2',
    health: {},
    tasks: { one: { failedAtMs: [NOW - 5, NOW + 600_000] } },
  });
  for (const task of Object.values(next.tasks)) expect(task).not.toHaveProperty('healthySinceMs');
});
