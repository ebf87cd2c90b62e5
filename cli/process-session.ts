import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api/api-client.ts';
import { createApiClient } from './api/api-client.ts';
import { createAwsSdk } from './api/aws-sdk.ts';
import { whoCalls } from './api/caller.ts';
import { DEFAULT_CLUSTER, findAccount, findTarget } from './api/target.ts';
import { awsAccount } from './destroy/aws/account.ts';
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
    ask,
    openAccount: (options) => openAccount(options, env, cwd),
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

/** Where the parts of the account answer: the local cloud's own gateways, else what the environment says, else AWS. */
async function openAccount(options: TargetOptions, env: Env, cwd: string) {
  const aws = createAwsSdk();
  const { region, credentials, local } = await findAccount({ options, env, cwd, aws });
  const account = await awsAccount({
    region,
    credentials,
    endpoint: (service) =>
      local?.aws?.[service] ??
      local?.aws?.['default'] ??
      env[`AWS_ENDPOINT_URL_${service}`] ??
      env.AWS_ENDPOINT_URL,
  });
  return { account, cluster: options.cluster ?? (env.BERTH_CLUSTER || DEFAULT_CLUSTER) };
}

async function confirm(question: string): Promise<boolean | null> {
  const answer = await ask(`${question} [y/N]`);
  return answer === null ? null : /^y(?:es)?$/i.test(answer.trim());
}

async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(lines, 'close').then(() => '');
    return await Promise.race([lines.question(`${question} `), closed]);
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
