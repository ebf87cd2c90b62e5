/**
 * One task's socket: takes lines (`words.ts`), answers each with `ok`, once the word is kept, or `error REASON`.
 *
 * A container can say what it likes as often as it likes and costs a bounded amount (`BOUNDS`): too many words end the
 * connection, too many connections close the socket for a while.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { chmod, mkdir, rm } from '../files.ts';
import type { Clock } from '../clock.ts';
import { messageOf, type Log } from '../log.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';
import { readWord, type Saying } from './words.ts';

/** Nobody wants to know it. */
export class UselessWord extends Error {}

/** Rejects when it could not be kept, or is of no use; the message says why. */
export type OnWord = (said: Saying) => Promise<void>;

export const BOUNDS = {
  connections: 4,
  lineBytes: 256,
  idleMs: 60_000,
  words: { burst: 10, perSecond: 1 },
  accepts: { burst: 20, perSecond: 2 },
  /** Without a socket, after too many connections. */
  restMs: 5000,
} as const;

export interface TaskSocket {
  readonly folder: string;
  /** Once. Rejects when the folder or the socket cannot be made. */
  listen(): Promise<void>;
  cut(): void;
  close(): void;
}

export interface TaskSocketOptions {
  readonly folder: string;
  readonly onWord: OnWord;
  readonly clock: Clock;
  readonly log: Log;
}

export function createTaskSocket(options: TaskSocketOptions): TaskSocket {
  const { folder, clock, log } = options;
  const words = createTokenBucket(clock, BOUNDS.words.burst, BOUNDS.words.perSecond);
  const accepts = createTokenBucket(clock, BOUNDS.accepts.burst, BOUNDS.accepts.perSecond);
  const connected = new Set<Socket>();
  const path = join(folder, 'health.sock');
  let server: Server | undefined;
  let closed = false;

  const accept = (socket: Socket): void => {
    socket.on('error', () => socket.destroy());
    if (!accepts.take()) {
      socket.destroy();
      void rest();
      return;
    }
    connected.add(socket);
    socket.once('close', () => connected.delete(socket));
    socket.setTimeout(BOUNDS.idleMs, () => socket.destroy());
    void converse(socket, words, options.onWord);
  };

  const open = async (): Promise<void> => {
    await rm(path, { force: true });
    const made = createServer({ allowHalfOpen: true }, accept);
    made.maxConnections = BOUNDS.connections;
    await new Promise<void>((resolve, reject) => {
      made.once('error', reject);
      made.listen(path, resolve);
    });
    made.on('error', (error) => log.warn('signal-socket', { error: messageOf(error) }));
    await chmod(path, 0o666);
    if (closed) made.close();
    else server = made;
  };

  const rest = async (): Promise<void> => {
    server?.close();
    if (server === undefined) return;
    server = undefined;
    await clock.sleep(BOUNDS.restMs);
    if (!closed)
      await open().catch((error: unknown) => log.error('signal-socket', { error: messageOf(error) }));
  };

  const cut = (): void => {
    for (const socket of connected) socket.destroy();
  };

  return {
    folder,
    listen: async () => {
      await mkdir(folder, { recursive: true });
      // Whatever the umask: the container's user must get through to the socket.
      await chmod(folder, 0o755);
      await open();
    },
    cut,
    close: () => {
      closed = true;
      server?.close();
      cut();
    },
  };
}

/** One connection, line by line; nothing more is read before a line is answered. */
async function converse(socket: Socket, words: TokenBucket, onWord: OnWord): Promise<void> {
  let rest = Buffer.alloc(0);
  const say = (text: string): void => {
    if (socket.writable) socket.write(`${text}\n`);
  };
  const answer = async (line: Buffer): Promise<boolean> => {
    const mayGoOn = words.take();
    say(mayGoOn ? await heard(line.toString('utf8'), onWord) : TOO_MANY);
    return mayGoOn;
  };
  try {
    for await (const part of socket as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, part]);
      for (let at = rest.indexOf(10); at >= 0 && at <= BOUNDS.lineBytes; at = rest.indexOf(10)) {
        const line = rest.subarray(0, at);
        rest = rest.subarray(at + 1);
        if (!(await answer(line))) return;
      }
      if (rest.length > BOUNDS.lineBytes) {
        say(`error a line has at most ${BOUNDS.lineBytes} bytes`);
        return;
      }
    }
    if (rest.length > 0) await answer(rest);
  } catch {
    // It is gone; nobody is left to be told.
  } finally {
    socket.destroySoon();
  }
}

const TOO_MANY = `error too many words: ${BOUNDS.words.burst} at once, then ${BOUNDS.words.perSecond} a second`;

async function heard(line: string, onWord: OnWord): Promise<string> {
  const word = readWord(line);
  if (typeof word === 'string') return `error ${word}`;
  try {
    await onWord(word);
    return 'ok';
  } catch (error) {
    if (error instanceof UselessWord) return `error ${error.message}`;
    return `error it could not be kept, say it again: ${messageOf(error)}`;
  }
}
