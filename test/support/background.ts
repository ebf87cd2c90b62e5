/** A program that computes while others wait in real time, and is not to be felt by them. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const LOWEST = constants.priority.PRIORITY_LOW;

/**
 * Gives a child and all that it will start the lowest priority. It must have been started `detached`: Linux weighs
 * whole sessions against each other, and a priority counts within its session alone (sched(7), "The autogroup feature").
 * A terminal's Ctrl-C does not reach it there, so what ends this program is passed on.
 */
export function toBackground(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return; // it could not be started, which its 'error' tells
  setPriority(pid, LOWEST);
  try {
    writeFileSync(`/proc/${String(pid)}/autogroup`, String(LOWEST));
  } catch {
    // a kernel without autogroups weighs process by process
  }
  const forward = (signal: NodeJS.Signals): void => {
    process.kill(-pid, signal); // its whole group, as a terminal would
    process.kill(process.pid, signal); // nobody listens any more: it ends this program too
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, forward);
  child.once('exit', () => {
    for (const signal of signals) process.off(signal, forward);
  });
}
