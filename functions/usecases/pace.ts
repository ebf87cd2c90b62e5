/** The pace that agents are told with every reply. */
import type { BeatReply } from '../../contract/agent-protocol.ts';
import { beatPaceMs } from '../core/health/neighbours.ts';
import type { ClusterSettings } from '../core/model/cluster.ts';
import type { Host } from '../core/model/host.ts';

/** While its doorbell is proven an agent polls so much more slowly; its beats tell it of a newer manifest as well. */
export const SOCKET_POLL_FACTOR = 4;

type Pace = Required<Pick<BeatReply, 'pollMs' | 'socketPollMs' | 'beatMs'>>;

export const paceOf = (
  host: Pick<Host, 'neighbours' | 'registeredAtMs'>,
  settings: ClusterSettings,
  nowMs: number,
): Pace => ({
  pollMs: settings.pollMs,
  socketPollMs: settings.pollMs * SOCKET_POLL_FACTOR,
  beatMs: beatPaceMs(host, settings, nowMs),
});
