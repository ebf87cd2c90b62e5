/**
 * Route 53 of the local cloud, as a server: what `AWS_ENDPOINT_URL_ROUTE_53` points to.
 *
 * Job: serve the gateway (gateway.ts: the model behind the emulator's checks) and the control path (control.ts) over
 *   HTTP; look for zones that CloudFormation made or removed, so that DNS knows them before anybody calls.
 * In: addresses to listen on, where the emulator is. Out: a service, whose `zones` is what DNS serves from.
 * Fails: rejects when an address is taken. A lost reply cuts the connection. Fear no frozen emulator: callers get
 *   503, the zones stay as they are.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ZoneSource } from '../dns/zone-source.ts';
import type { Controlled } from './control.ts';
import { control, CONTROL_PREFIX, ControlError } from './control.ts';
import { connectEmulator } from './emulator.ts';
import type { Gateway } from './gateway.ts';
import { createGateway } from './gateway.ts';
import { ReplyLostError } from './model/errors.ts';
import type { Route53Model } from './model/route53.ts';
import { createRoute53Model } from './model/route53.ts';
import type { WireReply } from './wire/replies.ts';
import { errorReply } from './wire/replies.ts';

export interface Route53Options {
  /** The emulator itself, not the relay: `http://127.0.0.1:4567`. */
  readonly emulator: string;
  /** Milliseconds since 1970, never going back. */
  readonly now?: () => number;
  readonly requestsPerSecond?: number;
  readonly propagationMs?: number;
  readonly processingMs?: number;
}

export interface Route53Service extends Gateway {
  readonly model: Route53Model;
  /** What is INSYNC now: for the DNS server. */
  readonly zones: ZoneSource;
}

export interface Route53Server {
  readonly service: Route53Service;
  close(): Promise<void>;
}

/** How often zones are looked for while nobody calls. (Each look is an entry in the emulator's CloudTrail.) */
const REFRESH_MS = 2000;

/** Bytes of a request; the largest legal batch is far below. */
const BODY_MAX = 1024 * 1024;

/** The service without its sockets. */
export function createRoute53(options: Route53Options): Route53Service {
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const model = createRoute53Model({ ...options, now });
  const gateway = createGateway({ model, emulator: connectEmulator(options.emulator), now });
  return { ...gateway, model, zones: () => model.served() };
}

/** Listens on every address. @throws Error when one of them is taken. */
export async function startRoute53Server(
  options: Route53Options & {
    readonly listen: readonly { readonly address: string; readonly port: number }[];
  },
): Promise<Route53Server> {
  const service = createRoute53(options);
  const servers = options.listen.map(() =>
    createServer((request, response) => void serve(service, request, response)),
  );
  const close = async () => {
    clearInterval(timer);
    service.hold.resume();
    await Promise.all(servers.map(closeServer));
  };
  const timer = setInterval(() => {
    // A failed look changes nothing; the next one follows soon.
    service.refresh().catch(() => undefined);
  }, REFRESH_MS).unref();
  try {
    for (const [index, { address, port }] of options.listen.entries()) {
      const server = servers[index]?.listen(port, address);
      if (server !== undefined) await once(server, 'listening');
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { service, close };
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function serve(
  service: Route53Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request);
    const path = request.url ?? '/';
    const reply = path.startsWith(CONTROL_PREFIX)
      ? await controlReply({ ...service, faults: service.model.faults }, request, body.toString())
      : body.length > BODY_MAX
        ? errorReply('RequestEntityTooLarge', `more than ${BODY_MAX} bytes`, 413)
        : await service.handle({ method: request.method ?? '', path, headers: request.headers, body });
    response
      .writeHead(reply.status, { ...reply.headers } as Record<string, string | string[]>)
      .end(reply.body);
  } catch (error) {
    if (error instanceof ReplyLostError) request.socket.destroy();
    else
      send(
        response,
        errorReply('InternalFailure', error instanceof Error ? (error.stack ?? '') : String(error), 500),
      );
  }
}

function send(response: ServerResponse, reply: WireReply): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(reply.status, { ...reply.headers } as Record<string, string | string[]>).end(reply.body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_MAX + 1)
      chunks.push(chunk); // read to the end, keep no more than proves it too large
    else if (chunks.length > 0) chunks.splice(1, Infinity, Buffer.alloc(BODY_MAX));
  }
  return Buffer.concat(chunks);
}

/** Whether a peer is on this machine's loopback; one on the bridge is a host, or a container of one. */
export function isLoopback(remoteAddress: string | undefined): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress ?? '');
}

async function controlReply(target: Controlled, request: IncomingMessage, body: string): Promise<WireReply> {
  const json = (status: number, value: unknown): WireReply => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  });
  if (!isLoopback(request.socket.remoteAddress))
    return json(403, { message: 'the control path answers on loopback only' });
  try {
    const name = (request.url ?? '').slice(CONTROL_PREFIX.length);
    return json(200, await control(target, `${request.method ?? ''} ${name}`, body));
  } catch (error) {
    if (error instanceof ControlError) return json(400, { message: error.message });
    throw error;
  }
}
