/**
 * When a task may be stopped: `out of DNS -> INSYNC -> TTL -> SIGTERM` (architecture.md, "Discovery").
 *
 * The register loop gives positive evidence: a final entry `leaving` with `outAtMs`. Absence of an entry proves nothing, as
 * that loop may be about to publish from an older reading. A drain has a deadline, so that Route 53 never holds one up.
 */
import type { Directory, DirectoryName, TaskEntry } from '../model/directory.ts';
import type { Assignment } from '../model/task.ts';
import { perObject } from '../per-object.ts';

export type DnsVerdict =
  | { readonly kind: 'out' }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'wait'; readonly untilMs: number };

/** Tasks' entries by task id, over all names. */
export const taskEntries = ({ names }: Directory): ReadonlyMap<string, TaskEntry> => entriesOf(names);

const entriesOf = perObject((names: readonly DirectoryName[]): ReadonlyMap<string, TaskEntry> => {
  const entries = new Map<string, TaskEntry>();
  for (const { tasks } of names) for (const [task, entry] of Object.entries(tasks)) entries.set(task, entry);
  return entries;
});

export function judgeDns(
  assignment: Assignment,
  entries: ReadonlyMap<string, TaskEntry>,
  drainDeadlineMs: number,
  nowMs: number,
): DnsVerdict {
  const entry = entries.get(assignment.task);
  const deadlineMs = assignment.wantedAtMs + drainDeadlineMs;
  if (entry?.state === 'leaving' && entry.final === true && entry.outAtMs !== undefined) {
    if (nowMs >= entry.outAtMs) return { kind: 'out' };
    return nowMs >= deadlineMs
      ? { kind: 'deadline' }
      : { kind: 'wait', untilMs: Math.min(entry.outAtMs, deadlineMs) };
  }
  return nowMs >= deadlineMs ? { kind: 'deadline' } : { kind: 'wait', untilMs: deadlineMs };
}
