/** When a host that is drained has nothing left to lose: its instance may be terminated. */
import { DOCKER_SILENT_MS, dockerSilentSince } from '../health/silent-docker.ts';
import type { HostView } from '../model/snapshot.ts';
import { hasEnded } from '../model/task.ts';

/**
 * What of it still has to go. A task that has ended stays in the manifest until DNS has let go of its port; one that ended
 * by itself and is still wanted (`restart: "no"`) would stay for ever, so it does not count. Nor does one that has left
 * DNS and is to stop where Docker has been silent for as long as that: only the end of its instance stops it.
 */
export function tasksLeft(
  { host, manifest, report }: Pick<HostView, 'host' | 'manifest' | 'report'>,
  nowMs: number,
): number {
  const seen = report !== null && report.bootId === host.bootId ? report.tasks : [];
  const ended = new Set<string>(seen.filter((task) => hasEnded(task.phase)).map((task) => task.task));
  const silentSinceMs = dockerSilentSince({ host, report }) ?? Infinity;
  const isStuck = (wantedAtMs: number): boolean =>
    Math.max(wantedAtMs, silentSinceMs) + DOCKER_SILENT_MS <= nowMs;
  return manifest.assignments.filter(({ task, wanted, wantedAtMs }) => {
    if (wanted === 'run') return !ended.has(task);
    return wanted !== 'stop' || !isStuck(wantedAtMs);
  }).length;
}

/** Drained, heard of or not yet there, and empty: the provision loop may end it. */
export const isDrained = (view: Pick<HostView, 'host' | 'manifest' | 'report'>, nowMs: number): boolean =>
  view.host.drain !== null &&
  (view.host.state === 'draining' || view.host.state === 'requested' || view.host.state === 'booting') &&
  tasksLeft(view, nowMs) === 0;
