/**
 * Does one step through Docker. Never rejects: what went wrong is the result's `error`.
 *
 * A launch is create and start without a question in between: the image is not looked for first, because Docker says
 * so itself when it is missing. Pulls of one image are done once, however many tasks wait for it.
 */
import type { Assignment, ContainerSpec } from '../../contract/agent-protocol.ts';
import type { Clock } from '../clock.ts';
import type { Step } from '../decide.ts';
import { SIGNAL_SOCKET, type SignalDesk } from '../signals/signal-desk.ts';
import { createOptions } from '../docker/create-options.ts';
import { containerName, EngineError, type DockerEngine } from '../docker/engine.ts';
import { explainPull } from '../docker/pull-failure.ts';
import { sharePulls } from '../docker/share-pulls.ts';
import { messageOf, type Log } from '../log.ts';
import { created, type Outcome } from '../tasks/record-outcome.ts';
import type { Store } from './store.ts';

type PullStep = Extract<Step, { kind: 'pull' }>;

export interface StepResult extends Outcome {
  /** The container to look at now. */
  readonly containerId?: string;
}

export type StepRunner = (step: Step) => Promise<StepResult>;

export interface StepOptions {
  readonly engine: DockerEngine;
  readonly store: Store;
  readonly cluster: string;
  /** Of the host; Docker refuses a CPU limit above them. */
  readonly cpus: number;
  readonly signals: Pick<SignalDesk, 'prepare'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The container of a task exists now. */
  readonly onCreated: () => void;
}

export function createStepRunner(options: StepOptions): StepRunner {
  const { engine, store, clock, log } = options;
  const pull = sharePulls(engine);

  const launch = async (task: string): Promise<StepResult> => {
    const found = wantedToRun(store, task);
    if (found === undefined) return {};
    const { assignment, spec, host } = found;
    let containerId: string | undefined;
    try {
      const mounts = await options.signals.prepare(task);
      const variables = mounts.length === 0 ? {} : { BERTH_HEALTH_SOCKET: SIGNAL_SOCKET };
      const place = { cluster: options.cluster, host, cpus: options.cpus, mounts, variables };
      const body = createOptions(assignment, spec, place);
      containerId = await engine.create(containerName(task), body, spec.platform);
      const state = store.get().tasks[task];
      if (state !== undefined) store.setTask(task, created(state, containerId));
      options.onCreated();
      await engine.start(containerId);
      return { containerId };
    } catch (error) {
      return containerId === undefined ? { error } : { error, containerId };
    }
  };

  const pullFor = async (step: PullStep): Promise<void> => {
    try {
      await pull(step.image, step.platform);
      const wantedAtMs = clock.now();
      store.set({ pulled: { ...store.get().pulled, [step.image]: { wantedAtMs } } });
      store.saveSoon();
    } catch (error) {
      // Docker away is no failure of the image.
      if (error instanceof EngineError && error.kind === 'unreachable') throw error;
      throw explainPull(error, { ...step, host: store.get().manifest?.host ?? 'this host' });
    }
  };

  const onContainer = (id: string, act: Promise<void>): Promise<StepResult> =>
    settled(act, { containerId: id });

  const run = (step: Step): Promise<StepResult> => {
    switch (step.kind) {
      case 'launch':
        return launch(step.task);
      case 'pull':
        return settled(pullFor(step), {});
      case 'start':
        return wantedToRun(store, step.task) === undefined
          ? Promise.resolve({})
          : onContainer(
              step.id,
              options.signals.prepare(step.task).then(() => engine.start(step.id)),
            );
      case 'signal':
        return onContainer(step.id, engine.kill(step.id, step.signal));
      case 'kill':
        return onContainer(step.id, engine.kill(step.id, 'SIGKILL'));
      case 'remove':
        return onContainer(step.id, engine.remove(step.id));
    }
  };

  return async (step) => {
    const beganMs = clock.now();
    const result = await run(step);
    const why = 'why' in step ? { why: step.why } : {};
    const fields = { step: step.kind, task: step.task, ...why, ms: clock.now() - beganMs };
    if (result.error === undefined) log.info('step', fields);
    else log.warn('step-failed', { ...fields, error: messageOf(result.error) });
    return result;
  };
}

async function settled(act: Promise<void>, result: StepResult): Promise<StepResult> {
  try {
    await act;
    return result;
  } catch (error) {
    return { ...result, error };
  }
}

/** The task's assignment, if it is still to run: while it waited for its turn it may have been taken away. */
function wantedToRun(
  store: Store,
  task: string,
): { assignment: Assignment; spec: ContainerSpec; host: string } | undefined {
  const manifest = store.get().manifest;
  const assignment = manifest?.assignments.find((each) => each.task === task);
  if (manifest === undefined || assignment?.wanted !== 'run') return undefined;
  const spec = manifest.specs[assignment.spec];
  return spec && { assignment, spec, host: manifest.host };
}
