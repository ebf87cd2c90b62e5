/** Whether a host takes new tasks: ready, and its agent works with a Docker that answers. */
import type { HostView } from '../model/snapshot.ts';

export function hostSchedules({ host, report }: Pick<HostView, 'host' | 'report'>): boolean {
  return host.state === 'ready' && (report === null || report.bootId !== host.bootId || report.dockerAnswers);
}
