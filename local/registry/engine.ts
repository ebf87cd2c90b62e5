/**
 * The machine's own Docker Engine: where images are built and taken from.
 *
 * If one answers, it is used and left alone. If none does, one is started over the machine's own /var/lib/docker at
 * the usual socket, without a bridge and without touching the firewall, as a service of the cloud: it ends with the
 * cloud and leaves nothing in the network. (On a machine with systemd, local/start.mjs has started Docker already.)
 *
 * Several clouds use the one engine, and the cloud that started it may close while another builds or publishes. So
 * whoever uses it holds the machine's lock meanwhile, and whoever stops it takes that lock first.
 */
import { existsSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { tryLock, withLock } from '../lock.ts';
import type { LockOptions } from '../lock.ts';
import type { CloudPlan } from '../plan.ts';
import { run, succeeds } from '../run.ts';
import { logTail, startService } from '../service.ts';
import type { Service } from '../service.ts';
import { waitUntil } from '../wait-until.ts';

/** Runs the Docker CLI against the engine. @throws RunError */
export type Docker = (...args: string[]) => Promise<string>;

export interface Engine {
  /**
   * An engine answers from the beginning to the end of `work`; other clouds' work waits for that. Not to be nested.
   * @throws Error with the end of the engine's log, if it does not start; what `work` throws.
   */
  use<T>(work: (docker: Docker) => Promise<T>): Promise<T>;
  /** Starts an engine if none answers. @throws as `use` does */
  start(): Promise<void>;
  /** Stops the engine if it was started here, once nobody uses it. */
  close(): Promise<void>;
}

/** What belongs to the machine, not to one cloud. */
export interface Machine {
  /** Where the Docker CLI looks. */
  readonly socket: string;
  /** Lock file, held by whoever uses, starts or stops the machine's engine, from whatever folder. */
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
/** A cloud that ends does not wait for ever for another's build. */
const CLOSE_PATIENCE_MS = 60_000;

export function createEngine(plan: CloudPlan, machine = MACHINE): Engine {
  let own: Service | undefined;

  const answers = (): Promise<boolean> =>
    succeeds('docker', [...machine.clientArgs, 'version', '--format', '{{.Server.Version}}']);
  const docker: Docker = (...args) =>
    run('docker', [...machine.clientArgs, ...args], { timeoutMs: DOCKER_TIMEOUT_MS });
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
  const about = `cloud ${plan.name}`;
  const use: Engine['use'] = (work) =>
    withLock(machine.lock, { timeoutMs: DOCKER_TIMEOUT_MS, about }, async () => {
      if (!(await answers())) await startOwn();
      return work(docker);
    });
  return {
    use,
    start: () => use(() => Promise.resolve()),
    async close() {
      if (own === undefined) return;
      const release = await takenWithin(machine.lock, { timeoutMs: CLOSE_PATIENCE_MS, about });
      try {
        await own.stop();
      } finally {
        release?.();
      }
    },
  };
}

/** Undefined: whoever has it gives it back too late. */
const takenWithin = (lock: string, { timeoutMs, about }: LockOptions): Promise<(() => void) | undefined> =>
  waitUntil(() => Promise.resolve(tryLock(lock, about)), { what: lock, timeoutMs }).catch(() => undefined);

/** There while an engine of this cloud runs; and for good, if it was killed. */
const pidFile = (plan: CloudPlan): string => join(plan.paths.run, 'engine.pid');

/**
 * Removes the socket of a cloud's engine that was killed, which stays behind and answers nobody, and the lock of whoever
 * was killed while it used one. To be called when no process of the cloud is left, before its folders go. A socket at
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
