/**
 * An owner whose changes are too many for one batch - a service of a thousand replicas that comes or goes - is changed in
 * steps. Each leaves a row that is true by then: a task counts as in as long as any step may still name it, and leaves with
 * the last one, so that its way out is confirmed by the batch after which nothing names it.
 */
import type { DirectoryName, RecordChange, RecordSet, TaskEntry } from '../model/directory.ts';
import { fits, NOTHING, sizeOf, sum } from './batch-size.ts';
import type { NamePlan } from './plan-directory.ts';

/** The very same when it fits. */
export function inSteps(name: NamePlan): readonly NamePlan[] {
  const parts = partsOf(name.changes);
  if (parts.length <= 1) return [name];
  const steps: NamePlan[] = [];
  let before = name.before;
  for (const [index, changes] of parts.entries()) {
    const version = name.after.version + index;
    const isLast = index === parts.length - 1;
    const after = isLast
      ? { ...name.after, version }
      : between(name, before?.records ?? [], changes, version);
    steps.push({ before, after, changes });
    // As it is stored by then.
    before = { ...after, version: version + 1 };
  }
  return steps;
}

function partsOf(changes: readonly RecordChange[]): RecordChange[][] {
  const parts: RecordChange[][] = [];
  let size = NOTHING;
  for (const change of changes) {
    const next = sum(size, sizeOf([change]));
    const isOver = parts.length === 0 || !fits(next);
    if (isOver) parts.push([]);
    parts.at(-1)?.push(change);
    size = isOver ? sizeOf([change]) : next;
  }
  return parts;
}

function between(
  { before, after }: NamePlan,
  records: readonly RecordSet[],
  changes: readonly RecordChange[],
  version: number,
): DirectoryName {
  const sets = new Map(records.map((record) => [keyOf(record), record]));
  for (const { action, record } of changes)
    if (action === 'DELETE') sets.delete(keyOf(record));
    else sets.set(keyOf(record), record);
  const tasks = new Map(
    Object.entries(after.tasks).map(([task, entry]) => [task, meanwhile(before?.tasks[task], entry)]),
  );
  for (const [task, entry] of Object.entries(before?.tasks ?? {}))
    if (!tasks.has(task)) tasks.set(task, entry);
  return { owner: after.owner, records: [...sets.values()], tasks: Object.fromEntries(tasks), version };
}

const keyOf = ({ type, name }: RecordSet): string => `${type} ${name}`;

/** Of a task that is in before and after: it serves if it does in either. */
function meanwhile(before: TaskEntry | undefined, after: TaskEntry): TaskEntry {
  if (before === undefined) return after;
  if (after.state === 'leaving') return before;
  return before.state === 'in' ? { ...after, serving: before.serving || after.serving } : after;
}
