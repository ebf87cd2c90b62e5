/**
 * A WebSocket client over the upgrade of `node:http(s)` (RFC 6455, section 4.1). Not Node's own `WebSocket`: that one
 * hides why a handshake was refused, and reads messages of any length.
 *
 * Fails: rejects when the handshake is refused (`HandshakeRefused` with the status), answered wrongly, or not answered
 *   within `timeoutMs`. Afterwards the end of the connection, whatever its cause, is `events.onEnd`.
 */
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createFrameReader, encodeFrame, OPCODE } from './frames.ts';
import type { Socket, SocketEvents } from './socket.ts';

export interface WebSocketOptions {
  /** `wss://...` or `ws://...`; path and query are sent exactly as they stand here. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Of one message. */
  readonly maxBytes: number;
  readonly events: SocketEvents;
}

export class HandshakeRefused extends Error {
  readonly status: number;
  constructor(status: number, body: string) {
    super(`the socket was refused: ${status} ${body}`);
    this.name = 'HandshakeRefused';
    this.status = status;
  }
}

/** Of every server, to prove that it speaks the protocol (RFC 6455, section 1.3). */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const REFUSAL_MAX = 500;
/** The kernel notices a dead path by itself, long before the next message would. */
const TCP_KEEP_ALIVE_MS = 60_000;

export function openWebSocket(options: WebSocketOptions): Promise<Socket> {
  const { url } = options;
  const key = randomBytes(16).toString('base64');
  const secure = url.protocol === 'wss:';
  return new Promise((resolve, reject) => {
    const asked = (secure ? httpsRequest : httpRequest)({
      method: 'GET',
      hostname: url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      headers: {
        ...options.headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
      },
      agent: false,
    });
    const deadline = setTimeout(
      () => asked.destroy(new Error(`no handshake within ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    const failed = (error: Error): void => {
      clearTimeout(deadline);
      asked.destroy();
      reject(error);
    };
    asked.on('error', failed);
    asked.on('response', (reply) => {
      void startOf(reply).then((body) => failed(new HandshakeRefused(reply.statusCode ?? 0, body)));
    });
    asked.on('upgrade', (reply, connection, head) => {
      clearTimeout(deadline);
      if (isAccepted(reply, key)) resolve(converse(connection, head, options));
      else {
        connection.destroy();
        reject(new Error('the answer to the handshake is no WebSocket'));
      }
    });
    asked.end();
  });
}

function isAccepted({ headers }: IncomingMessage, key: string): boolean {
  const expected = createHash('sha1')
    .update(key + ACCEPT_GUID)
    .digest('base64');
  return (
    headers['sec-websocket-accept'] === expected &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-extensions'] === undefined
  );
}

function converse(connection: Duplex, head: Buffer, { maxBytes, events }: WebSocketOptions): Socket {
  let ended = false;
  const end = (why: string): void => {
    if (ended) return;
    ended = true;
    connection.destroy();
    events.onEnd(why);
  };
  const write = (opcode: number, payload: Buffer): void => {
    if (!ended && connection.writable) connection.write(encodeFrame(opcode, payload));
  };
  const read = createFrameReader(maxBytes, {
    onText: events.onText,
    onPing: (payload) => write(OPCODE.pong, payload),
    onClose: (code) => end(`closed by the other side${code === undefined ? '' : ` (${code})`}`),
    onFault: (why) => end(`ended because of ${why}`),
  });
  if (connection instanceof NetSocket) connection.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  connection.on('data', (bytes: Buffer) => {
    if (!ended) read(bytes);
  });
  connection.on('error', (error: Error) => end(error.message));
  connection.on('end', () => end('the connection ended'));
  connection.on('close', () => end('the connection was lost'));
  // What came with the answer's head is read once the caller has its socket.
  if (head.length > 0) setImmediate(() => read(head));
  return {
    send: (text) => write(OPCODE.text, Buffer.from(text)),
    close: () => {
      write(OPCODE.close, Buffer.from([0x03, 0xe8])); // 1000: normal
      ended = true;
      connection.end(() => connection.destroy());
    },
  };
}

async function startOf(reply: IncomingMessage): Promise<string> {
  reply.setEncoding('utf8');
  let text = '';
  try {
    for await (const part of reply) {
      text += part as string;
      if (text.length >= REFUSAL_MAX) break;
    }
  } catch {
    // The status alone says enough.
  }
  return text.slice(0, REFUSAL_MAX);
}
