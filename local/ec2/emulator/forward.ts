/** Passing a request on exactly as it was signed: method, path, headers and body untouched, Host included. */
import { request as httpRequest } from 'node:http';

/** A request as it came, body and all. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names and values in turn, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers of a connection, not of a request: they end here (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'expect',
]);
const TIMEOUT_MS = 15_000;

/** @param added unsigned headers. @throws Error when the emulator cannot be reached. */
export function forward(
  endpoint: string,
  { method, path, rawHeaders, body }: RawRequest,
  added: Readonly<Record<string, string>> = {},
): Promise<RawReply> {
  const { hostname, port } = new URL(endpoint);
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  for (const [name, value] of Object.entries(added)) headers.push(name, value);
  headers.push('Content-Length', String(body.length));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      // A connection of its own: a kept one may be closed by the emulator in the moment of its use.
      { hostname, port, method, path, headers, agent: false, setHost: false, timeout: TIMEOUT_MS },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('error', reject);
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            headers: { 'content-type': reply.headers['content-type'] ?? 'text/xml' },
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('the emulator did not answer in time')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export function headerOf(request: RawRequest, name: string): string | undefined {
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2)
    if (request.rawHeaders[index]?.toLowerCase() === name) return request.rawHeaders[index + 1];
  return undefined;
}
