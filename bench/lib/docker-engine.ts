/** A Docker Engine over its socket, as plain as can be: what a bench measures must not be its own client. */
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface DockerEngine {
  /** Resolves with the reply's content. @throws Error with what Docker said for any status but 2xx */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Notes containers as they are created and started, by the engine's own clock. */
  watch(): Promise<StartWatch>;
  close(): void;
}

export interface StartWatch {
  /** Resolves once `count` containers were started since; the times are milliseconds since 1970. */
  started(
    count: number,
    timeoutMs: number,
  ): Promise<{ readonly created: number[]; readonly started: number[] }>;
  close(): void;
}

/** Docker 20.10, the oldest that hosts may have; newer engines answer it too. */
const API = '/v1.41';

export function connectEngine(socketPath: string): DockerEngine {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const open = (method: string, path: string, body?: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request({ socketPath, path: `${API}${path}`, method, agent, headers }, resolve);
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    async call(method, path, body) {
      const reply = await open(method, path, body === undefined ? undefined : JSON.stringify(body));
      const text = await textOf(reply);
      const status = reply.statusCode ?? 0;
      if (status >= 300) throw new Error(`${method} ${path}: ${String(status)} ${text.slice(0, 500)}`);
      return text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text;
    },
    async watch() {
      const filters = JSON.stringify({ type: ['container'], event: ['create', 'start'] });
      return watchEvents(await open('GET', `/events?filters=${encodeURIComponent(filters)}`));
    },
    close: () => agent.destroy(),
  };
}

async function textOf(reply: IncomingMessage): Promise<string> {
  let text = '';
  reply.setEncoding('utf8');
  for await (const chunk of reply) text += chunk as string;
  return text;
}

interface EngineEvent {
  readonly Action: 'create' | 'start';
  readonly timeNano: number;
}

function watchEvents(stream: IncomingMessage): StartWatch {
  const times = { create: [] as number[], start: [] as number[] };
  let onEvent = (): void => undefined;
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { Action, timeNano } = JSON.parse(line) as EngineEvent;
      times[Action].push(timeNano / 1e6);
    }
    onEvent();
  });
  stream.on('error', () => undefined); // closed from this side
  return {
    started: (count, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () =>
            reject(new Error(`${String(times.start.length)} of ${String(count)} containers started in time`)),
          timeoutMs,
        );
        onEvent = () => {
          if (times.start.length < count) return;
          clearTimeout(timer);
          resolve({ created: times.create, started: times.start });
        };
        onEvent();
      }),
    close: () => stream.destroy(),
  };
}
