/**
 * HTTP over Docker's unix socket: one call, one deadline, one kind of error.
 *
 * Out: the reply's status and parsed body; `stream` hands out JSON values of a reply that goes on.
 * Fails: `EngineError` `unreachable` (no connection, or it broke), `timeout` (no answer within the deadline).
 * Connections are kept, because a connection costs Docker as much as a short call.
 */
import { Agent, request, type IncomingMessage } from 'node:http';
import { EngineError } from './engine.ts';

export interface SocketReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON, or the text when it is none. */
  readonly body: unknown;
}

export interface SocketCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

/** The first bytes of a reply that goes on until something ends, and its status. */
export interface SocketHead {
  readonly status: number;
  readonly bytes: Buffer;
}

export interface SocketClient {
  call(call: SocketCall): Promise<SocketReply>;
  /**
   * Reads a reply to its end, or until the time is over, which is no error once it has begun; keeps the first `most`
   * bytes.
   */
  head(call: SocketCall, most: number): Promise<SocketHead>;
  /** Values as they come; `idleMs` without any ends in a `timeout`, unless it is 0. Aborting ends quietly. */
  stream(
    call: SocketCall & { idleMs: number; signal?: AbortSignal },
    opened?: () => void,
  ): AsyncIterable<unknown>;
  close(): void;
}

export function createSocketClient(socketPath: string): SocketClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });

  const send = createSend(socketPath, agent);

  const call = async (options: SocketCall): Promise<SocketReply> => {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    try {
      const reply = await send(options, deadline);
      return { status: reply.statusCode ?? 0, headers: reply.headers, body: parse(await textOf(reply)) };
    } catch (error) {
      throw asEngineError(error, deadline.aborted, options);
    }
  };

  async function* stream(
    options: SocketCall & { idleMs: number; signal?: AbortSignal },
    opened?: () => void,
  ): AsyncIterable<unknown> {
    const idle = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const rest = (): void => {
      clearTimeout(timer);
      if (options.idleMs > 0) timer = setTimeout(() => idle.abort(), options.idleMs);
    };
    const ends = AbortSignal.any([idle.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    const answerBy = setTimeout(() => idle.abort(), options.timeoutMs);
    try {
      const reply = await send(options, ends);
      clearTimeout(answerBy);
      if (reply.statusCode !== 200) throw await refusal(reply);
      opened?.();
      rest();
      for await (const value of jsonLines(reply)) {
        rest();
        yield value;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      throw asEngineError(error, idle.signal.aborted, options);
    } finally {
      clearTimeout(timer);
      clearTimeout(answerBy);
    }
  }

  return {
    call,
    head: (options, most) => readHead(send, options, most),
    stream,
    close: () => agent.destroy(),
  };
}

type Send = (call: SocketCall, signal: AbortSignal) => Promise<IncomingMessage>;

/** Sends and resolves with the reply's head; a kept connection that Docker closed meanwhile is tried again once. */
function createSend(socketPath: string, agent: Agent): Send {
  const send = (call: SocketCall, signal: AbortSignal, again: boolean): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = call.body === undefined ? undefined : JSON.stringify(call.body);
      const sent = request(
        {
          socketPath,
          agent,
          signal,
          method: call.method,
          path: call.path,
          headers: {
            host: 'docker',
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        resolve,
      );
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (stale && again && !signal.aborted) resolve(send(call, signal, false));
        else reject(error);
      });
      sent.end(text);
    });
  return (call, signal) => send(call, signal, true);
}

async function readHead(send: Send, options: SocketCall, most: number): Promise<SocketHead> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const parts: Buffer[] = [];
  let kept = 0;
  let status = 0;
  try {
    const reply = await send(options, deadline);
    status = reply.statusCode ?? 0;
    for await (const part of reply as AsyncIterable<Buffer>) {
      const head = part.subarray(0, most - kept);
      parts.push(head);
      kept += head.length;
    }
  } catch (error) {
    if (!deadline.aborted || status === 0) throw asEngineError(error, deadline.aborted, options);
  }
  return { status, bytes: Buffer.concat(parts) };
}

const refusal = async (reply: IncomingMessage): Promise<EngineError> =>
  new EngineError('refused', errorMessage(parse(await textOf(reply))));

/** Docker's errors are `{ "message": "..." }`. */
export function errorMessage(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string')
    return body.message;
  return typeof body === 'string' && body !== '' ? body : 'Docker refused without a word';
}

function asEngineError(error: unknown, late: boolean, call: SocketCall): EngineError {
  if (error instanceof EngineError) return error;
  const what = `${call.method} ${call.path.split('?')[0] ?? ''}`;
  if (late) return new EngineError('timeout', `Docker did not answer ${what} within ${call.timeoutMs} ms`);
  return new EngineError('unreachable', `Docker cannot be reached (${what}): ${String(error)}`);
}

async function textOf(reply: IncomingMessage): Promise<string> {
  reply.setEncoding('utf8');
  let text = '';
  for await (const part of reply) text += part as string;
  return text;
}

export function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/** One JSON value a line, as Docker writes events and the progress of pulls. */
async function* jsonLines(reply: IncomingMessage): AsyncIterable<unknown> {
  reply.setEncoding('utf8');
  let rest = '';
  for await (const part of reply) {
    const lines = (rest + (part as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
