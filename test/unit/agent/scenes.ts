/** Inputs of a decision, with one task each. */
import type { Input } from '../../../agent/decide.ts';
import type { Container } from '../../../agent/docker/engine.ts';
import { newTask, type TaskState } from '../../../agent/tasks/task-state.ts';
import type { Assignment, ContainerSpec } from '../../../contract/agent-protocol.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { NOON_MS } from '../../support/fake-clock.ts';

export const TASK = assignment(1).task;

export const container = (changes: Partial<Container> = {}): Container => ({
  id: 'c1',
  name: `berth-${TASK}`,
  labels: {},
  state: 'running',
  health: 'none',
  exitCode: 0,
  oomKilled: false,
  error: '',
  healthOutput: '',
  pid: 1000,
  finishedAt: 'never',
  startedAt: 'once',
  address: '172.17.0.2',
  stopSignal: 'SIGTERM',
  stopGraceMs: 10_000,
  ...changes,
});

export interface Scene {
  readonly wanted?: Assignment['wanted'];
  readonly container?: Container;
  readonly state?: Partial<TaskState>;
  readonly spec?: Partial<ContainerSpec>;
  readonly input?: Partial<Input>;
}

export const scene = ({ wanted = 'run', container: here, state, spec: changes, input }: Scene): Input => ({
  manifest: {
    host: 'h-test0001',
    generation: 1,
    pollMs: 1000,
    beatMs: 5000,
    specs: { 'web-1': spec(changes) },
    assignments: [assignment(1, { wanted })],
  },
  containers: new Map(here === undefined ? [] : [[TASK, here]]),
  health: {},
  tasks: state === undefined ? {} : { [TASK]: { ...newTask, ...state } },
  dockerAnswers: true,
  online: true,
  forbidden: undefined,
  busy: new Set(),
  nowMs: NOON_MS,
  ...input,
});
