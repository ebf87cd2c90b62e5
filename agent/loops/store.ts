/** The agent's state in memory, and its way to the disk. One owner: everything else asks it. */
import type { Clock } from '../clock.ts';
import { messageOf, type Log } from '../log.ts';
import type { AgentState, StateFile } from '../state-file.ts';
import type { TaskState } from '../tasks/task-state.ts';

export interface Store {
  get(): AgentState;
  set(change: Partial<Omit<AgentState, 'schema'>>): void;
  setTask(task: string, state: TaskState): void;
  /** Resolves when all that was set is on the disk. Rejects when the disk refuses. */
  save(): Promise<void>;
  /** For what need not be there before something is done: written a little later, with whatever else comes. */
  saveSoon(): void;
}

const SOON_MS = 250;

export function createStore(initial: AgentState, file: StateFile, clock: Clock, log: Log): Store {
  let state = initial;
  let saved: AgentState | undefined;
  let soon = false;
  const save = async (): Promise<void> => {
    if (saved === state) return;
    const current = state;
    await file.save(current);
    saved = current;
  };
  return {
    get: () => state,
    set: (change) => (state = { ...state, ...change }),
    setTask: (task, value) => (state = { ...state, tasks: { ...state.tasks, [task]: value } }),
    save,
    saveSoon: () => {
      if (soon) return;
      soon = true;
      void clock
        .sleep(SOON_MS)
        .then(() => {
          soon = false;
          return save();
        })
        .catch((error: unknown) => log.error('state-not-saved', { error: messageOf(error) }));
    },
  };
}
