/** When a host that is drained has nothing left to lose: its instance may be terminated. */
import type { HostView } from '../model/snapshot.ts';
import { hasEnded } from '../model/task.ts';

/**
 * What of it still has to go. A task that has ended stays in the manifest until DNS has let go of its port; one that ended
 * by itself and is still wanted (`restart: "no"`) would stay for ever, so it does not count.
 */
export function tasksLeft({
  host,
  manifest,
  report,
}: Pick<HostView, 'host' | 'manifest' | 'report'>): number {
  const seen = report !== null && report.bootId === host.bootId ? report.tasks : [];
  const ended = new Set<string>(seen.filter((task) => hasEnded(task.phase)).map((task) => task.task));
  return manifest.assignments.filter(({ task, wanted }) => wanted !== 'run' || !ended.has(task)).length;
}

/** Drained, heard of or not yet there, and empty: the provision loop may end it. */
export const isDrained = (view: Pick<HostView, 'host' | 'manifest' | 'report'>): boolean =>
  view.host.drain !== null &&
  (view.host.state === 'draining' || view.host.state === 'requested' || view.host.state === 'booting') &&
  tasksLeft(view) === 0;
