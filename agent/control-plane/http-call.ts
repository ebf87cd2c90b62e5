/**
 * One HTTP call with one deadline, over kept connections. Plain `node:http(s)`: the agent has no packages.
 *
 * Fails: rejects with an Error whose cause is the network's; any status is a reply, not a failure.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path and query are sent exactly as they stand here. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type HttpCall = (request: HttpRequest) => Promise<HttpReply>;

/** Larger replies are cut off: a manifest of 1,000 tasks stays far below. */
const LARGEST_REPLY = 16 * 1024 * 1024;

const agents = {
  'http:': new HttpAgent({ keepAlive: true }),
  'https:': new HttpsAgent({ keepAlive: true }),
};

export const httpCall: HttpCall = async (request) => {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  try {
    const reply = await send(request, deadline);
    return { status: reply.statusCode ?? 0, headers: reply.headers, body: await textOf(reply) };
  } catch (cause) {
    const why = deadline.aborted ? `no answer within ${request.timeoutMs} ms` : 'the call failed';
    throw new Error(`${request.method} ${request.url.origin}${request.url.pathname}: ${why}`, { cause });
  }
};

/** Resolves with the reply's head. A kept connection that the server closed meanwhile is replaced, once. */
function send(request: HttpRequest, signal: AbortSignal, again = true): Promise<IncomingMessage> {
  const secure = request.url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const sent = (secure ? httpsRequest : httpRequest)(
      {
        method: request.method,
        protocol: request.url.protocol,
        hostname: request.url.hostname,
        port: request.url.port,
        path: request.url.pathname + request.url.search,
        headers: {
          ...request.headers,
          ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
        },
        agent: secure ? agents['https:'] : agents['http:'],
        signal,
      },
      resolve,
    );
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (stale && again && !signal.aborted) resolve(send(request, signal, false));
      else reject(error);
    });
    sent.end(request.body);
  });
}

async function textOf(reply: IncomingMessage): Promise<string> {
  reply.setEncoding('utf8');
  let text = '';
  for await (const part of reply) {
    text += part as string;
    if (text.length > LARGEST_REPLY) throw new Error(`the reply is larger than ${LARGEST_REPLY} bytes`);
  }
  return text;
}

/** When the server sent the reply, by its own clock. */
export function dateOf({ headers }: Pick<HttpReply, 'headers'>): string | undefined {
  return typeof headers.date === 'string' ? headers.date : undefined;
}
