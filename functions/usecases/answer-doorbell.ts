/** The doorbell's own three occasions: a host opens its socket, asks whether it is heard, and is gone. */
import { hostId } from '../core/model/ids.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import type { Doorbell, HostStore, SocketStore } from './ports.ts';

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

/**
 * Tells the connection whether that host's rings go to it. Changes nothing, so anybody's word for the host will do; an
 * answer that does not arrive is the proof that rings would not either.
 */
export function answerHello(
  deps: Pick<DoorbellDeps, 'sockets'>,
): (doorbell: Pick<Doorbell, 'answer'>, connection: string, host: string) => Promise<void> {
  return async (doorbell, connection, host) => {
    const socket = await deps.sockets.get(hostId(host));
    await doorbell.answer(connection, socket?.connection === connection);
  };
}

export function closeSocket(deps: Pick<DoorbellDeps, 'sockets'>): (connection: string) => Promise<void> {
  return async (connection) => {
    const host = await deps.sockets.hostOf(connection);
    if (host !== null) await deps.sockets.forget(host, connection);
  };
}
