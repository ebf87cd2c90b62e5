/**
 * The machine's own Docker Engine: where images are built and taken from.
 *
 * If one answers, it is used and left alone. If none does, one is started over the machine's own /var/lib/docker at
 * the usual socket, without a bridge and without touching the firewall, as a service of the cloud: it ends with the
 * cloud and leaves nothing in the network. (On a machine with systemd, local/start.mjs has started Docker already.)
 */
import { existsSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { tryLock, withLock } from '../lock.ts';
import type { CloudPlan } from '../plan.ts';
import { run, succeeds } from '../run.ts';
import { logTail, startService } from '../service.ts';
import type { Service } from '../service.ts';
import { waitUntil } from '../wait-until.ts';

export interface Engine {
  /** Makes sure that an engine answers. @throws Error with the end of its log. */
  ensure(): Promise<void>;
  /** Runs the Docker CLI against it. @throws RunError */
  docker(...args: string[]): Promise<string>;
  /** Stops the engine if it was started here. */
  close(): Promise<void>;
}

/** What belongs to the machine, not to one cloud. */
export interface Machine {
  /** Where the Docker CLI looks. */
  readonly socket: string;
  /** Lock file, held by whoever starts the machine's engine, from whatever folder. */
  readonly lock: string;
  /** What the CLI and the engine have to be told of it. */
  readonly clientArgs: readonly string[];
  readonly engineArgs: readonly string[];
}

const MACHINE: Machine = {
  socket: '/var/run/docker.sock',
  lock: '/run/berth-engine.lock',
  clientArgs: [],
  engineArgs: [],
};
const START_TIMEOUT_MS = 30_000;
const DOCKER_TIMEOUT_MS = 10 * 60_000;

export function createEngine(plan: CloudPlan, machine = MACHINE): Engine {
  let own: Service | undefined;
  let starting: Promise<void> | undefined;

  const answers = (): Promise<boolean> =>
    succeeds('docker', [...machine.clientArgs, 'version', '--format', '{{.Server.Version}}']);
  const start = async (): Promise<void> => {
    if (await answers()) return;
    // Two at once would take the socket from each other, and have one /var/lib/docker.
    await withLock(machine.lock, 2 * START_TIMEOUT_MS, async () => (await answers()) || startOwn());
  };
  const startOwn = async (): Promise<void> => {
    own = startService(plan, {
      name: 'engine',
      command: 'dockerd',
      args: [
        ...[
          '--bridge',
          'none',
          '--iptables=false',
          '--ip6tables=false',
          '--ip-forward=false',
          '--ip-masq=false',
        ],
        ...['--exec-root', join(plan.paths.run, 'engine'), '--pidfile', pidFile(plan)],
        ...['--log-level', 'warn'],
        ...machine.engineArgs,
      ],
      env: process.env,
    });
    const service = own;
    const check = async (): Promise<true | undefined> => {
      const ended = service.ended();
      if (ended !== undefined) throw new Error(`dockerd ended (${ended}):\n${logTail(service.log)}`);
      return (await answers()) || undefined;
    };
    await waitUntil(check, {
      what: `a Docker Engine (log: ${service.log})`,
      timeoutMs: START_TIMEOUT_MS,
      everyMs: 100,
    });
  };
  return {
    ensure() {
      starting ??= start().finally(() => {
        starting = undefined;
      });
      return starting;
    },
    docker: (...args) => run('docker', [...machine.clientArgs, ...args], { timeoutMs: DOCKER_TIMEOUT_MS }),
    async close() {
      await own?.stop();
    },
  };
}

/** There while an engine of this cloud runs; and for good, if it was killed. */
const pidFile = (plan: CloudPlan): string => join(plan.paths.run, 'engine.pid');

/**
 * Removes the socket of a cloud's engine that was killed, which stays behind and answers nobody, and the lock of whoever
 * was killed while it started one. To be called when no process of the cloud is left, before its folders go. A socket at
 * which somebody listens is not ours any more.
 */
export async function removeDeadSocket(
  plan: CloudPlan,
  { socket, lock }: Pick<Machine, 'socket' | 'lock'> = MACHINE,
): Promise<void> {
  if (existsSync(pidFile(plan)) && (await refuses(socket))) rmSync(socket, { force: true });
  tryLock(lock)?.(); // taken if it is nobody's any more, and given back
}

function refuses(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(false);
    });
    connection.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
