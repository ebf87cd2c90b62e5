/** Whether this is no time to let hosts go: a deploy needs room for a while, and trouble needs every host. */
import { isGone, type Host } from '../model/host.ts';
import type { Snapshot } from '../model/snapshot.ts';

export const isUnsettled = ({ services, hosts }: Pick<Snapshot, 'services' | 'hosts'>): boolean =>
  services.some(({ state }) => state === 'progressing' || state === 'removing') ||
  hosts.some(({ host }) => isTrouble(host));

/** What was not heard and is terminated is trouble no more; its row tells of it for an hour. */
const isTrouble = ({ state, silence }: Host): boolean =>
  !isGone(state) && (silence !== null || state === 'suspect' || state === 'lost');
