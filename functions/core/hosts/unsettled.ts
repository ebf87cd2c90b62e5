/** Whether this is no time to let hosts go: a deploy needs room for a while, and trouble needs every host. */
import type { Snapshot } from '../model/snapshot.ts';

export const isUnsettled = ({ services, hosts }: Pick<Snapshot, 'services' | 'hosts'>): boolean =>
  services.some(({ state }) => state === 'progressing' || state === 'removing') ||
  hosts.some(({ host }) => host.silence !== null || host.state === 'suspect' || host.state === 'lost');
