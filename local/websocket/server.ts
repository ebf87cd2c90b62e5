/**
 * API Gateway's WebSocket APIs on this machine: handshakes at `/<api id>/<stage>`, and the management API at
 * `/@connections/<id>` (AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI).
 *
 * Job: what the emulator's own WebSocket APIs lack. It tells functions nothing of who signed a handshake, sends answers to
 *   messages without a route response, and has no limits. Here the app's own API (read from the emulator) decides, IAM is
 *   asked at `$connect` and for `ManageConnections`, the real functions are called, and API Gateway's limits hold.
 * In: HTTP and upgrades on the given addresses. Out: 101, or a refusal with API Gateway's status; messages.
 * Fails: 403 unsigned or not allowed, 404 no such API or stage, 410 no such connection, 413 a message above 128 KB,
 *   429 too many new connections, 502 a function that fails at `$connect`.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawRequest } from '../ec2/emulator/forward.ts';
import { createRing, type Ring } from '../ring.ts';
import { createCallers, demand, type Principal, Refusal } from './callers.ts';
import { createConnections, newConnectionId, type Connection, type SocketLimits } from './connections.ts';
import { emulatedApis, executeApiArn, type RouteOf, type SocketApi } from './emulated-api.ts';
import { connectEvent, disconnectEvent, messageEvent } from './events.ts';
import { createReceiver, MESSAGE_MAX_BYTES, pongFrame, textFrame } from './frames.ts';

export interface WebSocketServerOptions {
  /** The emulator's own address. */
  readonly emulator: string;
  readonly account: string;
  readonly region: string;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
}

/** One question to IAM, for the least-privilege test: who asked to do what, and whether that was allowed. */
export interface JudgedCall {
  readonly atMs: number;
  /** ARN. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
}

export interface WebSocketServer {
  /** The port it listens on: of use where 0 was asked for. */
  readonly port: number;
  /** Limits in force; a test may lower them. */
  readonly limits: SocketLimits;
  /** Open connections: their ids and who opened them. */
  connections(): readonly { readonly id: string; readonly principal: string }[];
  /** When messages were posted to connections, in ms since 1970: the newest 1,000, oldest first. */
  posts(): readonly number[];
  /** The newest 10,000 handshakes and posts of which IAM was asked, oldest first. */
  calls(): readonly JudgedCall[];
  /** Ends every connection without a word, as a network does. */
  cutAll(): void;
  /** Whether handshakes are taken; while not they meet a closed connection. */
  setReachable(reachable: boolean): void;
  close(): Promise<void>;
}

interface Gateway {
  readonly options: WebSocketServerOptions;
  readonly callers: ReturnType<typeof createCallers>;
  readonly apis: ReturnType<typeof emulatedApis>;
  readonly connections: ReturnType<typeof createConnections>;
  reachable: boolean;
  readonly posts: number[];
  readonly calls: Ring<JudgedCall>;
}

const POSTS_KEPT = 1000;
const CALLS_KEPT = 10_000;
/** RFC 6455, section 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Listens on all addresses. @throws Error when one of them is taken */
export async function startWebSocketServer(options: WebSocketServerOptions): Promise<WebSocketServer> {
  const { emulator, region } = options;
  const gateway: Gateway = {
    options,
    callers: createCallers({ endpoint: emulator, ...options }),
    apis: emulatedApis(emulator, region),
    connections: createConnections(),
    reachable: true,
    posts: [],
    calls: createRing(CALLS_KEPT),
  };
  const servers: Server[] = [];
  const cutAll = (): void => {
    for (const { stream } of gateway.connections.list()) stream.destroy();
  };
  const close = async (): Promise<void> => {
    cutAll();
    await Promise.all(servers.map(closeServer));
  };
  try {
    for (const { address, port } of options.listen) {
      const server = createServer((request, response) => void serve(gateway, request, response));
      server.on('upgrade', (request, stream, head) => void shakeHands(gateway, request, stream, head));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, resolve);
      });
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port: (servers[0]?.address() as AddressInfo).port,
    limits: gateway.connections.limits,
    connections: () => gateway.connections.list().map(({ id, principal }) => ({ id, principal })),
    posts: () => [...gateway.posts],
    calls: () => gateway.calls.entries(),
    cutAll,
    setReachable: (reachable) => (gateway.reachable = reachable),
    close,
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

const raw = (request: IncomingMessage, body = Buffer.alloc(0)): RawRequest => ({
  method: request.method ?? 'GET',
  path: request.url ?? '/',
  // Headers of the handshake itself are no part of what is signed, and would upgrade the probe as well.
  rawHeaders: request.rawHeaders.flatMap((name, at, all) =>
    at % 2 === 0 && !name.toLowerCase().startsWith('sec-websocket-') ? [name, all[at + 1] ?? ''] : [],
  ),
  body,
});

async function shakeHands(
  gateway: Gateway,
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
): Promise<void> {
  stream.on('error', () => stream.destroy());
  if (!gateway.reachable) {
    stream.destroy();
    return;
  }
  try {
    const { api, connection } = await admit(gateway, request, stream);
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1')
      .update(key + ACCEPT_GUID)
      .digest('base64');
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    gateway.connections.open(connection);
    converse(gateway, api, connection, head);
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    const body = JSON.stringify({ message: error instanceof Error ? error.message : String(error) });
    const lines = [
      `HTTP/1.1 ${String(status)} Refused`,
      'Content-Type: application/json',
      'Connection: close',
    ];
    stream.end(`${lines.join('\r\n')}\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`);
  }
}

/** Signature, IAM, `$connect`. @throws Refusal */
async function admit(
  gateway: Gateway,
  request: IncomingMessage,
  stream: Duplex,
): Promise<{ api: SocketApi; connection: Connection }> {
  const { options, apis, callers, connections } = gateway;
  const [, apiId = '', stage = ''] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/');
  const api = await apis.find(apiId);
  if (!api?.stages.has(stage)) throw new Refusal(404, 'Not Found');
  if (!connections.admit()) throw new Refusal(429, 'Too Many Requests');
  if (request.headers['sec-websocket-version'] !== '13' || !request.headers['sec-websocket-key'])
    throw new Refusal(400, 'Bad Request');
  const route = api.routes.get('$connect');
  if (route?.authorization !== 'AWS_IAM')
    throw new Refusal(500, `the $connect route of ${apiId} has no IAM authorizer; no other is modelled`);
  const principal = await callers.identify(raw(request));
  judge(gateway, principal, 'execute-api:Invoke', executeApiArn(options.region, apiId, `${stage}/$connect`));
  const nowMs = Date.now();
  const connection: Connection = {
    id: newConnectionId(),
    apiId,
    stage,
    principal: principal.arn,
    sourceIp: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    connectedAtMs: nowMs,
    lastActiveMs: nowMs,
    stream,
  };
  const event = connectEvent(connection, request, principal, options.account);
  const answer = await apis.invoke(route.functionName, event);
  if (answer === 'failed') throw new Refusal(502, 'Internal server error');
  if (answer.status < 200 || answer.status > 299) throw new Refusal(answer.status, 'Forbidden');
  return { api, connection };
}

/** @throws Refusal when IAM does not let the caller */
function judge({ calls }: Gateway, principal: Principal, action: string, resource: string): void {
  const note = (allowed: boolean): void =>
    calls.add({ atMs: Date.now(), principal: principal.arn, action, resource, allowed });
  try {
    demand(principal, action, resource);
    note(true);
  } catch (error) {
    note(false);
    throw error;
  }
}

function converse(gateway: Gateway, api: SocketApi, connection: Connection, head: Buffer): void {
  const { stream } = connection;
  const receive = createReceiver();
  let [code, reason] = [1006, 'Connection closed abnormally'];
  const end = (): void => {
    stream.destroy();
    if (!gateway.connections.ended(connection)) return;
    const route = api.routes.get('$disconnect');
    if (route !== undefined) void call(gateway, route, disconnectEvent(connection, code, reason));
  };
  const read = (bytes: Buffer): void => {
    for (const received of receive(bytes)) {
      connection.lastActiveMs = Date.now();
      if (received.kind === 'ping') stream.write(pongFrame(received.payload));
      else if (received.kind === 'message') void answerMessage(gateway, api, connection, received.text);
      else {
        code = received.code;
        reason = received.kind === 'fault' ? received.why : '';
        gateway.connections.close(connection, received.kind === 'fault' ? code : 1000, reason);
      }
    }
  };
  stream.on('data', read);
  stream.on('end', end);
  stream.on('close', end);
  if (head.length > 0) read(head);
  // It may have ended while $connect was answered.
  if (stream.destroyed) end();
}

const call = (gateway: Gateway, route: RouteOf, event: object) =>
  gateway.apis.invoke(route.functionName, event);

/** Every message goes to `$default`: routes by content are not modelled. */
async function answerMessage(
  gateway: Gateway,
  api: SocketApi,
  connection: Connection,
  text: string,
): Promise<void> {
  const { stream } = connection;
  const route = api.routes.get('$default');
  const answer = route === undefined ? 'failed' : await call(gateway, route, messageEvent(connection, text));
  if (!stream.writable) return;
  if (answer === 'failed')
    stream.write(
      textFrame(JSON.stringify({ message: 'Internal server error', connectionId: connection.id })),
    );
  else if (route?.responds === true && answer.body) stream.write(textFrame(answer.body));
}

/** The management API: PostToConnection. */
async function serve(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (status: number, type?: string, message?: string): void => {
    response.writeHead(status, type === undefined ? {} : { 'x-amzn-errortype': type });
    response.end(message === undefined ? '' : JSON.stringify({ message }));
  };
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, id] = /^\/@connections\/([^/?]+)$/.exec(request.url ?? '') ?? [];
    if (id === undefined || request.method !== 'POST') {
      reply(404, 'NotFoundException', 'only PostToConnection is modelled');
      return;
    }
    const principal = await gateway.callers.identify(raw(request, body));
    const connection = gateway.connections.get(decodeURIComponent(id));
    const { apiId = '*', stage = '*' } = connection ?? {};
    const path = `${stage}/POST/@connections/${decodeURIComponent(id)}`;
    // Without a connection there is no API to ask about: that nobody may know which are open is not modelled.
    if (connection !== undefined)
      judge(
        gateway,
        principal,
        'execute-api:ManageConnections',
        executeApiArn(gateway.options.region, apiId, path),
      );
    if (connection?.stream.writable !== true) reply(410, 'GoneException', 'GoneException');
    else if (body.length > MESSAGE_MAX_BYTES) reply(413, 'PayloadTooLargeException', 'Message too long');
    else {
      connection.lastActiveMs = Date.now();
      gateway.posts.push(connection.lastActiveMs);
      if (gateway.posts.length > POSTS_KEPT) gateway.posts.shift();
      connection.stream.write(textFrame(body.toString('utf8')));
      reply(200);
    }
  } catch (error) {
    if (error instanceof Refusal) reply(error.status, 'ForbiddenException', error.message);
    else reply(500, 'InternalServerException', error instanceof Error ? error.message : String(error));
  }
}
