import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api/api-client.ts';
import { createApiClient } from './api/api-client.ts';
import { createAwsSdk } from './api/aws-sdk.ts';
import { whoCalls } from './api/caller.ts';
import { findTarget } from './api/target.ts';
import { EXIT } from './exit-codes.ts';
import type { Session, TargetOptions } from './session.ts';
import { processTerminal } from './terminal.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The session of this process: its terminal, clock, signals, environment. */
export function processSession(env: Env): Session {
  const cwd = folderOf(env);
  return {
    terminal: processTerminal(env),
    cwd,
    connect: (options) => connect(options, env, cwd),
    nowMs: () => Date.now(),
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    },
    confirm,
    interruptible,
  };
}

/** `npm run berth` runs in the project's folder; files are meant from where the user stands. */
function folderOf(env: Env): string {
  return env.npm_lifecycle_event === 'berth' && env.INIT_CWD ? env.INIT_CWD : process.cwd();
}

async function connect(options: TargetOptions, env: Env, cwd: string): Promise<ApiClient> {
  const target = await findTarget({ options, env, cwd, aws: createAwsSdk() });
  return createApiClient(target, {
    nowMs: () => Date.now(),
    random: () => Math.random(),
    sleep: async (ms) => {
      await sleep(ms);
    },
    whoCalls: (called) => whoCalls(called, env),
  });
}

async function confirm(question: string): Promise<boolean | null> {
  if (!process.stdin.isTTY) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(lines, 'close').then(() => '');
    return /^y(?:es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), closed])).trim());
  } finally {
    lines.close();
  }
}

async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
