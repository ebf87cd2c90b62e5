/**
 * Which of several tasks of one slot is the one to keep and to publish, as after a host that was given up has come back:
 * the newer revision, then the one that serves, then the one that clients know, then the older.
 */
import { isComplete, isServing, type TaskView } from './task-view.ts';

export function byPreference(a: TaskView, b: TaskView): number {
  const newer =
    a.assignment.digest === b.assignment.digest ? 0 : b.assignment.revision - a.assignment.revision;
  const does = (task: TaskView): number => Number(isServing(task) || isComplete(task));
  const known = (task: TaskView): number => Number(task.inDns === 'serving');
  return (
    newer ||
    does(b) - does(a) ||
    known(b) - known(a) ||
    a.assignment.createdAtMs - b.assignment.createdAtMs ||
    (a.assignment.task < b.assignment.task ? -1 : 1)
  );
}

/** The first of each slot in that order. */
export function onePerSlot(
  tasks: readonly TaskView[],
  order: (a: TaskView, b: TaskView) => number = byPreference,
): TaskView[] {
  const slots = new Map<number, TaskView>();
  for (const task of tasks) {
    const known = slots.get(task.assignment.slot);
    if (known === undefined || order(task, known) < 0) slots.set(task.assignment.slot, task);
  }
  return [...slots.values()];
}
