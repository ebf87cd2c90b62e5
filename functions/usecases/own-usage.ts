/** What a beat says of tasks, as far as it is believed: of those that its host shall run, each once, and not too much. */
import type { TaskUsage as WireUsage } from '../../contract/agent-protocol.ts';
import { taskId } from '../core/model/ids.ts';
import type { Assignment } from '../core/model/task.ts';
import type { TaskUsage } from '../core/model/usage.ts';

/** Bytes of JSON. An item of the table holds 400 KB; only names of metrics, of a thousand tasks, could get there. */
export const USAGE_BYTES_MAX = 200_000;

/** Undefined: an agent that does not tell. */
export function ownUsage(
  told: readonly WireUsage[] | undefined,
  assignments: readonly Assignment[],
): readonly TaskUsage[] | undefined {
  if (told === undefined) return undefined;
  const ours = new Set<string>(assignments.map((each) => each.task));
  const usages = new Map<string, TaskUsage>();
  for (const each of told)
    if (ours.has(each.task) && !usages.has(each.task)) usages.set(each.task, toUsage(each));
  const all = [...usages.values()];
  const isTooLong = Buffer.byteLength(JSON.stringify(all)) > USAGE_BYTES_MAX;
  return isTooLong ? all.map((usage) => ({ ...usage, metrics: {} })) : all;
}

const toUsage = ({ task, metrics, isProtected, ...rates }: WireUsage): TaskUsage => ({
  ...rates,
  task: taskId(task),
  metrics: { ...metrics },
  isProtected: isProtected ?? false,
});
