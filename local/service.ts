/**
 * Long-lived children of a cloud: the emulator, the registry, the metadata service.
 *
 * Each is put into the cloud's control group before it becomes the program, so that clean-up after a `kill -9` finds
 * it and whatever it started; each is its own session, so that Ctrl-C reaches the cloud only, which then stops its
 * children in order.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeServiceGroup } from './cgroups.ts';
import type { CloudPlan } from './plan.ts';

export interface ServiceOptions {
  /** For its log, `<logs>/<name>.log`, and for messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Record<string, string | undefined>;
  readonly cwd?: string;
  /** Opens a channel for messages to a Node child (`process.send` there). */
  readonly channel?: boolean;
}

export interface Service {
  readonly name: string;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly log: string;
  /** Undefined while it runs; then how it ended. */
  ended(): string | undefined;
  /** SIGTERM, and SIGKILL after 5 seconds. Stopping a stopped service is no error. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5000;
/** Joins the group whose file is $0, then becomes the program: no moment outside the group. */
const JOIN_AND_EXEC = 'echo $$ >"$0"; exec "$@"';

/** Starts a child. @throws Error when the program cannot be started. */
export function startService(plan: CloudPlan, options: ServiceOptions): Service {
  mkdirSync(plan.paths.logs, { recursive: true });
  const log = join(plan.paths.logs, `${options.name}.log`);
  const output = openSync(log, 'a');
  const child = spawn(
    '/bin/sh',
    ['-c', JOIN_AND_EXEC, makeServiceGroup(plan.cgroup), options.command, ...options.args],
    {
      env: options.env,
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', output, output, ...(options.channel ? (['ipc'] as const) : [])],
    },
  );
  closeSync(output);
  let ended: string | undefined;
  child.once('exit', (code, signal) => {
    ended = signal ?? `code ${String(code)}`;
  });
  child.on('error', (error) => {
    ended = error.message;
  });
  if (child.pid === undefined) throw new Error(`${options.name}: /bin/sh could not be started`);
  return { name: options.name, pid: child.pid, child, log, ended: () => ended, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = new AbortController();
  const late = sleep(STOP_GRACE_MS, undefined, { signal: timer.signal }).then(
    () => child.kill('SIGKILL'),
    () => false,
  );
  await gone;
  timer.abort();
  await late;
}

/** The last lines of a service's log, for an error message. */
export function logTail(log: string, lines = 12): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
