/**
 * The way out of a task: `run -> drain -> (out of DNS) -> stop -> (ended) -> gone from the manifest`.
 *
 * An assignment stays in its manifest until its task has ended AND DNS has let go of its port: else the port could go
 * to another replica while resolvers still hold the old answer.
 */
import type { TaskEntry } from '../model/directory.ts';
import { isGone } from '../model/host.ts';
import { hasEnded, type Assignment } from '../model/task.ts';
import { judgeDns } from './out-of-dns.ts';
import { STOP_BEFORE_END_MS } from './moves.ts';
import type { TaskView } from './task-view.ts';

export type Settled =
  | { readonly kind: 'keep'; readonly wakeAtMs: number | null }
  | { readonly kind: 'stop'; readonly assignment: Assignment; readonly deadline: boolean }
  | { readonly kind: 'remove' };

const KEEP: Settled = { kind: 'keep', wakeAtMs: null };

export function settleTask(
  task: TaskView,
  entries: ReadonlyMap<string, TaskEntry>,
  drainDeadlineMs: number,
  nowMs: number,
): Settled {
  const { assignment, host } = task;
  if (isGone(host.state)) return { kind: 'remove' };
  if (assignment.wanted === 'run') return KEEP;
  const dns = judgeDns(assignment, entries, Math.min(drainDeadlineMs, untilHostEnds(task)), nowMs);
  if (hasEnded(task.phase))
    return dns.kind === 'wait' ? { kind: 'keep', wakeAtMs: dns.untilMs } : { kind: 'remove' };
  if (assignment.wanted === 'stop') return KEEP;
  if (dns.kind === 'wait') return { kind: 'keep', wakeAtMs: dns.untilMs };
  return { kind: 'stop', assignment: { ...assignment, wanted: 'stop' }, deadline: dns.kind === 'deadline' };
}

/** A host that ends at a known time does not wait for Route 53: its containers still get their stop signal. */
function untilHostEnds({ assignment, host }: TaskView): number {
  const byMs = host.drain?.byMs ?? null;
  return byMs === null ? Infinity : Math.max(0, byMs - STOP_BEFORE_END_MS - assignment.wantedAtMs);
}
