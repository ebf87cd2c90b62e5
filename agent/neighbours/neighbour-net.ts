/**
 * The port "neighbours": how a host shows others that it is there, and asks whether they are. Over TCP: who connects is
 * told one line and is hung up on; nothing that it sends is read.
 */
import { createConnection, createServer, type Socket } from 'node:net';

export interface NeighbourNet {
  /** Tells everybody `line` until `signal` aborts. Rejects when the address cannot be listened on. */
  answer(address: string, line: string, signal: AbortSignal): Promise<void>;
  /** What the host at that address says of itself. Rejects when it says nothing within the time, or too much. */
  ask(address: string): Promise<string>;
}

export const ASK_TIMEOUT_MS = 2000;
/** A line is a host id and a boot id. */
const LINE_MAX = 128;
/** More than all that watch this host; whoever opens connections and leaves them keeps nobody else out for long. */
const CONNECTIONS_MAX = 64;

export function createNeighbourNet(port: number, timeoutMs = ASK_TIMEOUT_MS): NeighbourNet {
  return {
    answer: (address, line, signal) =>
      new Promise((resolve, reject) => {
        const server = createServer((socket) => hangUpAfter(socket, line, timeoutMs));
        server.maxConnections = CONNECTIONS_MAX;
        const close = (): void => {
          server.close(() => resolve());
        };
        server.once('error', reject);
        server.listen({ host: address, port }, () => {
          if (signal.aborted) close();
          else signal.addEventListener('abort', close, { once: true });
        });
      }),
    ask: (address) =>
      new Promise((resolve, reject) => {
        const socket = createConnection({ host: address, port });
        const timer = setTimeout(
          () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)),
          timeoutMs,
        );
        let said = '';
        socket.setEncoding('latin1');
        socket.on('data', (part: string) => {
          said += part;
          if (said.length > LINE_MAX) socket.destroy(new Error('it says more than a line'));
        });
        socket.on('error', reject);
        socket.on('close', () => {
          clearTimeout(timer);
          if (said.endsWith('\n')) resolve(said.trimEnd());
          else reject(new Error('it hung up without a line'));
        });
      }),
  };
}

function hangUpAfter(socket: Socket, line: string, timeoutMs: number): void {
  socket.on('error', () => undefined); // the other side is gone: nothing to tell it
  socket.setTimeout(timeoutMs, () => socket.destroy());
  socket.resume(); // whatever it sends is dropped
  socket.end(`${line}\n`);
}
