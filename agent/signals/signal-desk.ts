/**
 * Which tasks have a socket to say that they are ready, from before their container starts until they leave the manifest.
 *
 * Fails: `prepare` rejects when the socket cannot be made, and the container is not started then; a socket that cannot
 *   be opened again after a restart of the agent is tried again with each look.
 */
import type { Mount } from '../docker/engine.ts';
import { messageOf, type Log } from '../log.ts';
import type { Store } from '../loops/store.ts';
import type { Prober } from '../probes/prober.ts';
import type { SignalSockets } from './signal-sockets.ts';

export interface SignalDesk {
  /** The manifest may have changed. */
  look(): void;
  /** A container of the task is about to start. Resolves with what it needs mounted, if it signals. */
  prepare(task: string): Promise<readonly Mount[]>;
}

export interface SignalDeskOptions {
  readonly store: Store;
  readonly sockets: SignalSockets;
  readonly prober: Pick<Prober, 'begin' | 'word'>;
  readonly log: Log;
}

/** Inside the container. */
export const SIGNAL_FOLDER = '/run/berth';
export const SIGNAL_SOCKET = `${SIGNAL_FOLDER}/health.sock`;

export function createSignalDesk({ store, sockets, prober, log }: SignalDeskOptions): SignalDesk {
  const open = new Set<string>();
  let swept: string | undefined;

  const wanted = (): Set<string> => {
    const { manifest } = store.get();
    const signalling = manifest?.assignments.filter((each) => manifest.specs[each.spec]?.health?.signal);
    return new Set(signalling?.map((each) => each.task));
  };

  const ensure = async (task: string): Promise<string> => {
    const folder = await sockets.open(task, (word) => {
      log.info('signal', { task, ready: word.ready, why: word.reason });
      return prober.word(task, word);
    });
    open.add(task);
    return folder;
  };

  const look = (): void => {
    if (store.get().manifest === undefined) return;
    const tasks = wanted();
    for (const task of tasks)
      if (!open.has(task)) {
        open.add(task);
        ensure(task).catch((error: unknown) => {
          open.delete(task);
          log.error('signal-socket', { task, error: messageOf(error) });
        });
      }
    const key = [...tasks].join();
    if (key === swept) return;
    swept = key;
    for (const task of open) if (!tasks.has(task)) open.delete(task);
    sockets.keep(tasks).catch((error: unknown) => log.warn('signal-socket', { error: messageOf(error) }));
  };

  return {
    look,
    prepare: async (task) => {
      if (!wanted().has(task)) {
        prober.begin(task);
        return [];
      }
      const folder = await ensure(task);
      sockets.cut(task);
      prober.begin(task);
      return [{ Type: 'bind', Source: folder, Target: SIGNAL_FOLDER, ReadOnly: true }];
    },
  };
}
