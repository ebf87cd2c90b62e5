/** Why a replica does not go for want of load: its service's label says so, or it does itself, as its host told last. */
import type { TaskId } from '../model/ids.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { HostView } from '../model/snapshot.ts';
import type { TaskView } from './task-view.ts';

export const PROTECT_LABEL = 'berth.protect';

/** However old the word is: what a replica asked for holds until it, or its end, takes it back. */
export const selfProtected = (hosts: readonly Pick<HostView, 'lease'>[]): ReadonlySet<TaskId> =>
  new Set(
    hosts.flatMap(({ lease }) =>
      (lease?.usage ?? []).filter((one) => one.isProtected).map(({ task }) => task),
    ),
  );

export function protectionOf(
  { labels }: Pick<ServiceSpec, 'labels'>,
  self: ReadonlySet<TaskId>,
): (task: Pick<TaskView, 'assignment'>) => string | null {
  if (labels?.[PROTECT_LABEL] === 'true') return () => `the label ${PROTECT_LABEL} keeps it`;
  return ({ assignment }) => (self.has(assignment.task) ? 'it asked to be kept' : null);
}
