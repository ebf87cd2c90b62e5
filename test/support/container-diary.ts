/** What happened to an engine's containers, as the engine itself tells it: its event stream, written down. */
import { request } from 'node:http';

export interface Happening {
  /** `create`, `start`, `kill`, `die`, `destroy`, ... */
  readonly action: string;
  /** The container's name. */
  readonly name: string;
  readonly id: string;
}

export interface ContainerDiary {
  readonly entries: readonly Happening[];
  close(): void;
}

/** Resolves once the engine tells; what happens from then on is written down. */
export function keepDiary(socketPath: string): Promise<ContainerDiary> {
  const entries: Happening[] = [];
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: `/events?filters=${filters}` }, (reply) => {
      let rest = '';
      reply.setEncoding('utf8').on('data', (part: string) => {
        const lines = (rest + part).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.filter((each) => each !== '')) entries.push(read(line));
      });
      reply.on('error', () => undefined); // closed from this side, or the engine ended
      resolve({ entries, close: () => reply.destroy() });
    });
    sent.on('error', reject);
    sent.end();
  });
}

function read(line: string): Happening {
  const { Action, Actor } = JSON.parse(line) as {
    Action: string;
    Actor: { ID: string; Attributes: { name?: string } };
  };
  return { action: Action, name: Actor.Attributes.name ?? '', id: Actor.ID };
}
