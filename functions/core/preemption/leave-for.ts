/** Writes preemptions into manifests: who leaves, for whom, and for whom the room of what leaves anyway is kept. */
import type { Decision } from '../model/decision.ts';
import { replicaKey } from '../model/ids.ts';
import type { Assignment } from '../model/task.ts';
import { rulesOf } from '../scheduling/needs.ts';
import { keyOf, type Preemption } from './make-rooms.ts';

export interface Leaving {
  /** The host's tasks as they then are. */
  readonly assignments: readonly Assignment[];
  readonly decisions: readonly Decision[];
}

export function leaveFor(
  { needs, host, victims }: Preemption,
  assignments: readonly Assignment[],
  nowMs: number,
): Leaving {
  const replica = keyOf(needs);
  const byTask = new Map(victims.map((one) => [one.assignment.task, one]));
  const decisions: Decision[] = [];
  const next = assignments.map((one): Assignment => {
    const victim = byTask.get(one.task);
    if (victim === undefined) return one.wanted === 'run' ? one : named(one, replica);
    const reason = `${replica} (priority ${rulesOf(needs).priority}) needs its room on ${host}, and its own priority is ${victim.priority}`;
    decisions.push({
      code: 'task-preempted',
      subject: replicaKey(one.stack, one.service, one.slot),
      stack: one.stack,
      message: `${one.task} leaves DNS, then stops: ${reason}`,
    });
    return named({ ...one, wanted: 'drain', wantedAtMs: nowMs, reason }, replica);
  });
  return { assignments: next, decisions };
}

const named = (one: Assignment, replica: string): Assignment =>
  one.leavesFor?.includes(replica) === true
    ? one
    : { ...one, leavesFor: [...(one.leavesFor ?? []), replica] };
