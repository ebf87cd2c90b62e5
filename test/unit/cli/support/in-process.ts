import { createProgram } from '../../../../cli/program.ts';
import { createApiClient } from '../../../../cli/api/api-client.ts';
import { findTarget } from '../../../../cli/api/target.ts';
import type { Account } from '../../../../cli/destroy/account.ts';
import type { Session } from '../../../../cli/session.ts';
import type { Output } from '../../../../cli/terminal.ts';
import { emptyFolder } from './run-cli.ts';
import type { Run } from './run-cli.ts';

export interface Stage {
  readonly endpoint?: string;
  readonly cwd?: string;
  /** What the user answers; null: there is no terminal. */
  readonly answer?: boolean | null;
  /** What the user types; null: there is no terminal. */
  readonly typed?: string | null;
  readonly account?: Account;
  readonly isTty?: boolean;
  readonly color?: boolean;
  /** Aborted as Ctrl-C aborts. */
  readonly interrupt?: AbortSignal;
}

/** The whole command line in this process, waits shortened: faster than a process, the same code below main.ts. */
export async function runHere(args: readonly string[], stage: Stage = {}): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Output => ({
    isTty: stage.isTty ?? false,
    columns: 100,
    write: (text) => void (written[name] += text),
  });
  const cwd = stage.cwd ?? emptyFolder();
  const session: Session = {
    terminal: { out: output('stdout'), err: output('stderr'), color: stage.color ?? false },
    cwd,
    async connect(options) {
      const endpoint = options.endpoint ?? stage.endpoint;
      const target = await findTarget({
        options: endpoint === undefined ? options : { ...options, endpoint },
        env: {},
        cwd,
        aws: {
          credentials: () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' }),
          region: () => Promise.resolve('eu-central-1'),
          parameter: () => Promise.resolve(null),
        },
      });
      return createApiClient(target, {
        nowMs: () => Date.now(),
        random: () => 0,
        sleep: () => Promise.resolve(),
        whoCalls: () => Promise.resolve('somebody'),
      });
    },
    nowMs: () => Date.now(),
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        setTimeout(resolve, 5);
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    ask: () => Promise.resolve(stage.typed ?? null),
    openAccount: (options) => {
      if (stage.account === undefined) throw new Error('no account on this stage');
      return Promise.resolve({ account: stage.account, cluster: options.cluster ?? 'berth' });
    },
    confirm: () => Promise.resolve(stage.answer ?? null),
    interruptible: (work) => work(stage.interrupt ?? new AbortController().signal),
  };
  const code = await createProgram(session).run(args);
  return { code, ...written };
}
