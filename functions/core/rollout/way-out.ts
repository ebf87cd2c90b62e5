/** Where a task is on its way out, in words for who waits for it (`settle-tasks.ts` decides the way itself). */
import type { TaskEntry } from '../model/directory.ts';
import { hasEnded } from '../model/task.ts';
import type { TaskView } from './task-view.ts';

/** Null: it is not on its way out. No count-down: the words change only when something happens. */
export function wayOut(task: TaskView, entry: TaskEntry | undefined, nowMs: number): string | null {
  const { wanted } = task.assignment;
  if (wanted === 'run') return null;
  const dns = inDns(entry, nowMs);
  if (hasEnded(task.phase))
    return dns === null
      ? `${task.phase}, about to be forgotten`
      : `${task.phase}; its port stays taken: ${dns}`;
  if (wanted === 'stop') return 'stopping: its stop signal, then its grace period, then SIGKILL';
  return dns ?? 'out of DNS, about to be stopped';
}

/** What DNS still holds it up with; null: nothing. */
function inDns(entry: TaskEntry | undefined, nowMs: number): string | null {
  if (entry?.state !== 'leaving' || entry.final !== true) return 'leaving DNS';
  if (entry.outAtMs === undefined) return 'leaving DNS: waiting for Route 53 to tell all its servers';
  return nowMs < entry.outAtMs ? `out of DNS, waiting for the TTL (${entry.ttlSeconds} s)` : null;
}
