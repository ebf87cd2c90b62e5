/** The doorbell's own three occasions: a host opens its socket, asks whether it is heard, and is gone. */
import type { HelloReply } from '../../contract/doorbell-protocol.ts';
import { hostId } from '../core/model/ids.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import type { HostStore, SocketStore } from './ports.ts';

export interface DoorbellDeps {
  readonly hosts: Pick<HostStore, 'getHost'>;
  readonly sockets: SocketStore;
}

export interface Connection {
  readonly connection: string;
  readonly connectedAtMs: number;
}

/**
 * From now on rings of the caller's host go to this connection. Throws ForbiddenError and ConflictError as `ownHost`
 * does, and ConflictError when the host has opened a newer one meanwhile: the handshake is then to be refused.
 */
export function openSocket(deps: DoorbellDeps): (caller: AgentCaller, opened: Connection) => Promise<void> {
  return async (caller, { connection, connectedAtMs }) => {
    const { id } = await ownHost(deps.hosts, caller);
    await deps.sockets.put({ host: id, connection, connectedAtMs });
  };
}

/** Says whether that host's rings go to this very connection. Changes nothing, so anybody's word for the host will do. */
export function answerHello(
  deps: Pick<DoorbellDeps, 'sockets'>,
): (connection: string, host: string) => Promise<HelloReply> {
  return async (connection, host) => {
    const socket = await deps.sockets.get(hostId(host));
    return { known: socket?.connection === connection };
  };
}

export function closeSocket(deps: Pick<DoorbellDeps, 'sockets'>): (connection: string) => Promise<void> {
  return async (connection) => {
    const host = await deps.sockets.hostOf(connection);
    if (host !== null) await deps.sockets.forget(host, connection);
  };
}
