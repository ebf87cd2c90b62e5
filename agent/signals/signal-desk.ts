/**
 * Which tasks have a socket to speak on, and who hears what they say, from before their container starts until they leave the manifest.
 *
 * Fails: `prepare` rejects when the socket cannot be made, and the container is not started then; a socket that cannot
 *   be opened again after a restart of the agent is tried again with each look.
 */
import type { ContainerSpec } from '../../contract/agent-protocol.ts';
import type { Mount } from '../docker/engine.ts';
import { messageOf, type Log } from '../log.ts';
import type { Store } from '../loops/store.ts';
import type { Pushed } from '../metrics/pushed.ts';
import type { Prober } from '../probes/prober.ts';
import type { SignalSockets } from './signal-sockets.ts';
import { UselessWord } from './task-socket.ts';
import type { MetricWord, Saying } from './words.ts';

export interface SignalDesk {
  /** The manifest may have changed. */
  look(): void;
  /** A container of the task is about to start. Resolves with what it needs mounted, if it has a socket. */
  prepare(task: string): Promise<readonly Mount[]>;
}

export interface SignalDeskOptions {
  readonly store: Store;
  readonly sockets: SignalSockets;
  readonly prober: Pick<Prober, 'begin' | 'word' | 'protect'>;
  readonly pushed: Pick<Pushed, 'begin' | 'say'>;
  readonly log: Log;
}

/** Inside the container. */
export const SIGNAL_FOLDER = '/run/berth';
export const SIGNAL_SOCKET = `${SIGNAL_FOLDER}/health.sock`;

export function createSignalDesk({ store, sockets, prober, pushed, log }: SignalDeskOptions): SignalDesk {
  const open = new Set<string>();
  let swept: string | undefined;

  const wanted = (): Set<string> => {
    const { manifest } = store.get();
    const speaking = manifest?.assignments.filter((each) => hasSocket(manifest.specs[each.spec]));
    return new Set(speaking?.map((each) => each.task));
  };

  const heard = async (task: string, said: Saying): Promise<void> => {
    if ('metric' in said) {
      checkWanted(store, task, said);
      pushed.say(task, said.metric, said.value);
    } else if ('protect' in said) {
      log.info('signal', { task, protect: said.protect });
      await prober.protect(task, said.protect);
    } else {
      log.info('signal', { task, ready: said.ready, why: said.reason });
      await prober.word(task, said);
    }
  };

  const ensure = async (task: string): Promise<string> => {
    const folder = await sockets.open(task, (said) => heard(task, said));
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
      pushed.begin(task);
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

const hasSocket = (spec: ContainerSpec | undefined): boolean =>
  spec?.health?.signal === true || spec?.socket === true;

/** A number that nobody reads is not kept, and the replica is told so. */
function checkWanted(store: Store, task: string, { metric }: MetricWord): void {
  const { manifest } = store.get();
  const assignment = manifest?.assignments.find((each) => each.task === task);
  const metrics = (assignment && manifest?.specs[assignment.spec]?.metrics) ?? [];
  if (metrics.some(({ name, source }) => name === metric && source.kind === 'socket')) return;
  throw new UselessWord(`no target of x-berth.autoscale reads ${metric} from the socket`);
}
