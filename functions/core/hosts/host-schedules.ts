/** Whether a host takes new tasks: ready, heard, and its agent works with a Docker that answers. */
import type { HostView } from '../model/snapshot.ts';

export function hostSchedules({ host, report }: Pick<HostView, 'host' | 'report'>): boolean {
  return (
    host.state === 'ready' &&
    host.silence === null &&
    (report === null || report.bootId !== host.bootId || report.dockerAnswers)
  );
}
