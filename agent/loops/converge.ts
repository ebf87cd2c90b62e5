/**
 * Brings the containers to what the manifest wants: decide, remember, do; one step per task, many tasks at once.
 *
 * In: the manifest and the tasks' memory (`store`), what Docker runs (`observer`), whether the control plane answers.
 * Out: steps taken through Docker; each pass ends with `onPass`, after which a report can be made.
 * Order: a pass writes what it decided to the state file before any of its steps begins.
 * Fails: a step's failure is remembered in its task and retried by the rules of tasks/retry.ts. When the state file
 *   cannot be written nothing is started, the tasks say why, and the pass is repeated a second later. What is to go goes
 *   all the same: it may be what fills the disk, and a stop that a crash makes forgotten is only begun again.
 */
import type { Clock } from '../clock.ts';
import { decide, type Step } from '../decide.ts';
import { messageOf, type Log } from '../log.ts';
import { notNoted } from '../tasks/disk-full.ts';
import { recordOutcome } from '../tasks/record-outcome.ts';
import { newTask } from '../tasks/task-state.ts';
import { createAlarm } from './alarm.ts';
import type { Observer } from './observe.ts';
import type { StepRunner } from './run-step.ts';
import { createSlots } from './slots.ts';
import type { Store } from './store.ts';

export interface Converger {
  /** Something changed: decide again, now or as soon as the pass under way is over. */
  wake(): void;
}

export interface ConvergeOptions {
  readonly store: Store;
  readonly observer: Pick<Observer, 'view' | 'refresh' | 'relist'>;
  readonly runStep: StepRunner;
  /** The control plane confirmed the manifest, and answers now. */
  readonly online: () => boolean;
  /** Why no container may be started now. */
  readonly forbidden: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onPass: () => void;
  /** After each step that ended, however. */
  readonly onStep: () => void;
  /** Launches (create and start) at once. */
  readonly launches: number;
}

const SAVE_RETRY_MS = 1000;

export function createConverger(options: ConvergeOptions): Converger {
  const { store, observer, clock, log } = options;
  const busy = new Set<string>();
  const slots = createSlots(options.launches);
  const alarm = createAlarm(clock, () => wake());
  let running = false;
  let again = false;

  const pass = async (): Promise<void> => {
    const before = store.get();
    const { answers, containers } = observer.view();
    const { tasks, steps, wakeAtMs } = decide({
      manifest: before.manifest,
      containers,
      tasks: before.tasks,
      health: before.health,
      dockerAnswers: answers,
      online: options.online(),
      forbidden: options.forbidden(),
      busy,
      nowMs: clock.now(),
    });
    alarm.set(wakeAtMs);
    store.set({ tasks });
    for (const step of steps) busy.add(step.task);
    if (steps.length === 0) {
      if (tasks !== before.tasks) store.saveSoon();
      return;
    }
    let begun = steps;
    try {
      await store.save();
    } catch (error) {
      log.error('state-not-saved', { error: messageOf(error) });
      begun = steps.filter((step) => tasks[step.task]?.phase === 'stopping');
      const why = notNoted(messageOf(error));
      for (const { task } of steps.filter((step) => !begun.includes(step))) {
        busy.delete(task);
        store.setTask(task, { ...(before.tasks[task] ?? newTask), reason: why });
      }
      alarm.set(clock.now() + SAVE_RETRY_MS);
    }
    for (const step of begun) void take(step);
  };

  /** One step, from its turn to the view that shows its effect. */
  const take = async (step: Step): Promise<void> => {
    const starts = step.kind === 'launch' || step.kind === 'start';
    const result = starts ? await slots.use(() => options.runStep(step)) : await options.runStep(step);
    if (result.containerId !== undefined) await observer.refresh(result.containerId);
    else if (result.error !== undefined) await observer.relist();
    busy.delete(step.task);
    options.onStep();
    const state = store.get().tasks[step.task];
    if (state !== undefined) store.setTask(step.task, recordOutcome(state, step, result, clock.now()));
    wake();
  };

  const loop = async (): Promise<void> => {
    running = true;
    while (again && !options.signal.aborted) {
      again = false;
      await pass();
      options.onPass();
    }
    running = false;
  };

  const wake = (): void => {
    again = true;
    if (!running) void loop();
  };

  return { wake };
}
