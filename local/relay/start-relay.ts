/**
 * The one address of the local AWS: HTTP/1.1 and WebSocket upgrades go to the emulator and nowhere else.
 *
 * Job: the emulator binds one loopback port and speaks plain http; hosts need it on the bridge, and policies that ask
 *   for TLS (`aws:SecureTransport`) need to hear that the client's side is https. So the relay listens where it must
 *   and adds `X-Forwarded-Proto: https`. It also notes who called an API Gateway API, which CloudTrail does not.
 * In: addresses to listen on, the emulator's port. Out: the same bytes, streamed; a record of calls.
 * Fails: 502 when the emulator does not answer; `startRelay` rejects when a port is taken.
 */
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { createCallLog } from './call-log.ts';
import type { ApiCall } from './call-log.ts';

export interface RelayOptions {
  /** IPv4 addresses to listen on. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The emulator's port on 127.0.0.1. */
  readonly emulatorPort: number;
}

export interface Relay {
  /** The newest 10,000 calls of API Gateway APIs, oldest first. */
  calls(): readonly ApiCall[];
  close(): Promise<void>;
}

/** Resolves when it listens everywhere. @throws Error (EADDRINUSE) when an address and port is taken. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const log = createCallLog();
  const agent = new Agent({ keepAlive: true });
  const upgraded = new Set<Duplex>();
  const target = (request: IncomingMessage): RequestOptions => ({
    host: '127.0.0.1',
    port: options.emulatorPort,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: { ...request.headers, 'x-forwarded-proto': 'https' },
  });

  const servers = options.addresses.map(() => {
    const server = createServer({ requestTimeout: 0 });
    server.on('request', (request, response) => {
      const record = log.begin(request);
      const onward = httpRequest({ ...target(request), agent }, (reply) => {
        record(reply.statusCode ?? 0);
        response.writeHead(reply.statusCode ?? 502, reply.statusMessage, reply.rawHeaders);
        pipeline(reply, response, () => undefined); // either side may leave early; the other is closed with it
      });
      onward.on('error', (error) => {
        record(502);
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end(`the emulator does not answer: ${error.message}\n`);
      });
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    server.on('upgrade', (request, socket, head) => {
      const record = log.begin(request);
      upgraded.add(socket);
      socket.on('close', () => upgraded.delete(socket));
      relayUpgrade(target(request), socket, head, record);
    });
    return server;
  });
  try {
    await Promise.all(
      servers.map((server, index) => listen(server, options.addresses[index] ?? '', options.port)),
    );
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return {
    calls: () => log.calls(),
    async close() {
      for (const socket of upgraded) socket.destroy();
      await Promise.all(servers.map(closeServer));
      agent.destroy();
    },
  };
}

/** Opens the emulator's side first; what it says (101 or a refusal) goes back as it is. */
function relayUpgrade(
  target: RequestOptions,
  client: Duplex,
  head: Buffer,
  record: (status: number) => void,
): void {
  const onward = httpRequest({ ...target, agent: false });
  const drop = (): void => {
    client.destroy();
    onward.destroy();
  };
  client.on('error', drop);
  onward.on('error', () => {
    record(502);
    client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n');
  });
  onward.on('upgrade', (reply, emulator, firstBytes) => {
    record(101);
    client.write(responseHead(reply));
    client.write(firstBytes);
    emulator.write(head);
    pipeline(client, emulator, () => emulator.destroy());
    pipeline(emulator, client, () => client.destroy());
  });
  onward.on('response', (reply) => {
    record(reply.statusCode ?? 0);
    client.write(responseHead(reply));
    reply.pipe(client);
  });
  onward.end();
}

function responseHead(reply: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${String(reply.statusCode)} ${reply.statusMessage ?? ''}`];
  for (let at = 0; at < reply.rawHeaders.length; at += 2)
    if (reply.rawHeaders[at]?.toLowerCase() !== 'transfer-encoding')
      lines.push(`${String(reply.rawHeaders[at])}: ${String(reply.rawHeaders[at + 1])}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
