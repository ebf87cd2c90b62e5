/**
 * DNS over UDP and TCP (RFC 1035, 4.2; RFC 7766): bytes in, bytes out.
 *
 * Our own sockets, not the library's: its servers parse a packet before anybody can look at it, and a packet of twelve
 * bytes whose header promises 65,535 records in each section keeps its parser busy for seconds.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface DnsAddress {
  readonly address: string;
  readonly port: number;
}

/** The reply to a query; undefined when there is none to give. Must not throw. */
export type Respond = (query: Buffer) => Buffer | undefined;

export type Close = () => Promise<void>;

/** Queries may follow each other on one connection; it is closed when none came for so long. */
const TCP_IDLE_MS = 10_000;

/** @throws Error when the address is taken. */
export async function listenUdp({ address, port }: DnsAddress, respond: Respond): Promise<Close> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (query, from) => {
    const reply = respond(query);
    // A client that is gone is no failure of ours.
    if (reply !== undefined) socket.send(reply, from.port, from.address, () => undefined);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  socket.on('error', () => undefined);
  return async () => {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  };
}

/** @throws Error when the address is taken. */
export async function listenTcp({ address, port }: DnsAddress, respond: Respond): Promise<Close> {
  const sockets = new Set<Socket>();
  // Half open: a client may end its side right after its query, and still wants the reply.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveConnection(socket, respond);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
}

/** Each message goes behind its length in two bytes, in both directions. */
function serveConnection(socket: Socket, respond: Respond): void {
  let received: Buffer = Buffer.alloc(0);
  socket.setTimeout(TCP_IDLE_MS, () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE()) {
      const length = received.readUInt16BE();
      const reply = respond(received.subarray(2, 2 + length));
      received = received.subarray(2 + length);
      if (reply === undefined) continue;
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([prefix, reply]));
    }
  });
}
