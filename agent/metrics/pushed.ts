/** Numbers that replicas said on their sockets: the last of each name, for a minute. */
import type { Clock } from '../clock.ts';

export interface Pushed {
  say(task: string, name: string, value: number): void;
  /** Undefined: not said, or too long ago. */
  value(task: string, name: string): number | undefined;
  /** A new run of the task's container begins. */
  begin(task: string): void;
  /** Forgets all other tasks. */
  keep(tasks: ReadonlySet<string>): void;
}

export const PUSHED_MS = 60_000;

export function createPushed(clock: Clock): Pushed {
  const said = new Map<string, Map<string, { value: number; atMs: number }>>();
  return {
    say: (task, name, value) => {
      const names = said.get(task) ?? new Map<string, { value: number; atMs: number }>();
      said.set(task, names.set(name, { value, atMs: clock.now() }));
    },
    value: (task, name) => {
      const found = said.get(task)?.get(name);
      return found !== undefined && clock.now() - found.atMs <= PUSHED_MS ? found.value : undefined;
    },
    begin: (task) => void said.delete(task),
    keep: (tasks) => {
      for (const task of said.keys()) if (!tasks.has(task)) said.delete(task);
    },
  };
}
