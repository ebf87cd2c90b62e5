/**
 * The sockets on which replicas say whether they are ready: one folder and one Unix socket per task.
 *
 * The folder is mounted into the container read-only, so all it can do is connect; the socket takes anyone who reaches
 * it, since the container's user is not known and nobody else gets into the state folder. A folder outlives restarts of
 * agent and container, which have it mounted; it goes with its task.
 * Fails: `open` rejects when the folder or the socket cannot be made.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readdir, rm } from '../files.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createTaskSocket, type OnWord, type TaskSocket } from './task-socket.ts';

export type { OnWord } from './task-socket.ts';

export interface SignalSockets {
  /** Listens for a task, if it does not yet. Resolves with the folder to mount, which holds `health.sock`. */
  open(task: string, onWord: OnWord): Promise<string>;
  /** Ends the task's connections: what a run that is over has said does not count for the next. */
  cut(task: string): void;
  /** Closes and removes the sockets of all other tasks. */
  keep(tasks: ReadonlySet<string>): Promise<void>;
}

export function createSignalSockets(folder: string, clock: Clock, log: Log): SignalSockets {
  const sockets = new Map<string, { socket: TaskSocket; ready: Promise<void> }>();

  const begin = (task: string, onWord: OnWord): { socket: TaskSocket; ready: Promise<void> } => {
    const socket = createTaskSocket({ folder: join(folder, nameOf(task)), onWord, clock, log });
    const entry = { socket, ready: socket.listen() };
    sockets.set(task, entry);
    return entry;
  };

  return {
    open: async (task, onWord) => {
      const { socket, ready } = sockets.get(task) ?? begin(task, onWord);
      try {
        await ready;
      } catch (error) {
        sockets.delete(task);
        throw error;
      }
      return socket.folder;
    },
    cut: (task) => sockets.get(task)?.socket.cut(),
    keep: async (tasks) => {
      for (const [task, { socket }] of sockets)
        if (!tasks.has(task)) {
          sockets.delete(task);
          socket.close();
        }
      const names = new Set([...tasks].map(nameOf));
      const here = await readdir(folder).catch(() => []);
      for (const name of here)
        if (!names.has(name)) await rm(join(folder, name), { recursive: true, force: true });
    },
  };
}

/** Short, as a socket's whole path must fit into 107 bytes. */
const nameOf = (task: string): string => createHash('sha256').update(task).digest('hex').slice(0, 16);
