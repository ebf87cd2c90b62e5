import type { Command } from 'commander';
import type { ApiClient } from '../api/api-client.ts';
import { drainHost, hostId, listHosts, listReplicas, undrainHost } from '../api/routes.ts';
import type { HostView } from '../../contract/http-api.ts';
import { badInput } from '../cli-error.ts';
import { parseDurationMs, showDuration } from '../duration.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { painter, toneOf } from '../output/paint.ts';
import type { Paint } from '../output/paint.ts';
import { createProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { counted } from '../watch/deploy-view.ts';
import { waitFor } from '../watch/wait-for.ts';
import type { Look, Waited } from '../watch/wait-for.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface DrainOptions extends CommonOptions {
  readonly undo?: boolean;
  readonly reason?: string;
  readonly deadline?: string;
  readonly wait: boolean;
  readonly timeout: string;
}

type Outcome = 'gone' | 'kept';

/** `berth drain HOST`: its replicas move, then its instance is terminated. */
export function drainCommand({ session, finish }: Host): Command {
  return verb('drain', 'Move the replicas of a host elsewhere, then terminate its instance', [
    'berth drain h-4f7k2m9x1c',
    'berth drain h-4f7k2m9x1c --reason "new kernel" --no-wait',
    'berth drain h-4f7k2m9x1c --deadline 10m',
    'berth drain h-4f7k2m9x1c --undo',
  ])
    .argument('<host>', 'the host, as `berth hosts` names it')
    .option('--undo', 'keep the host after all: it takes tasks again')
    .option('--reason <text>', 'why; shown beside the host and in events')
    .option('--deadline <duration>', 'what has not moved by then leaves without a replacement')
    .option('--no-wait', 'return as soon as it is accepted')
    .option('--timeout <duration>', 'wait at most this long', '30m')
    .action(async (host: string, options: DrainOptions) => {
      hostId(host);
      const timeoutMs = parseDurationMs(options.timeout);
      finish(
        options.undo === true
          ? await undo(session, host, options)
          : await drain(session, host, options, timeoutMs),
      );
    });
}

async function undo(session: Session, host: string, options: DrainOptions): Promise<ExitCode> {
  for (const name of ['reason', 'deadline'] as const)
    if (options[name] !== undefined) throw badInput(`--${name} has no meaning with --undo`);
  const view = await undrainHost(await session.connect(options), host);
  tell(session, options, view, () => `${host} is ${view.state}: ${view.reason}\n`);
  return EXIT.ok;
}

async function drain(
  session: Session,
  host: string,
  options: DrainOptions,
  timeoutMs: number,
): Promise<ExitCode> {
  const deadlineMs = options.deadline === undefined ? undefined : parseDurationMs(options.deadline);
  const api = await session.connect(options);
  const view = await drainHost(api, host, { reason: options.reason, deadlineMs });
  if (!options.wait) {
    tell(session, options, view, () => `${host} is being drained: ${view.reason}\n`);
    return EXIT.ok;
  }
  const startMs = session.nowMs();
  const { terminal } = session;
  const progress = createProgress(options.json === true ? terminal.err : terminal.out);
  const look = (elapsedMs: number) => lookAt(api, host, elapsedMs, painter(terminal.color));
  const waited = await waitFor(session, { timeoutMs, progress, look });
  return ended({ session, host, options, took: showDuration(session.nowMs() - startMs) }, waited);
}

async function lookAt(api: ApiClient, host: string, elapsedMs: number, paint: Paint): Promise<Look<Outcome>> {
  const view = (await listHosts(api)).find((one) => one.host === host);
  const over = outcomeOf(view);
  if (view === undefined || over !== null) return { outcome: over, rows: [], logs: [], waitingFor: '' };
  const replicas = await listReplicas(api);
  const left = replicas.filter((one) => one.host === host);
  const waiting = replicas.filter(
    (one) =>
      one.task === null && left.some(({ stack, replica }) => stack === one.stack && replica === one.replica),
  );
  const head = {
    key: 'host',
    text: `${paint('strong', host)}: ${paint(toneOf(view.state), view.state)}, ${counted(left.length, 'replica')} left`,
    ticking: `  ${showDuration(elapsedMs)}`,
  };
  const rows = [...left, ...waiting].map(({ stack, replica, task, phase, reason }) => ({
    key: task ?? `${stack}/${replica}`,
    text: `  ${stack}/${replica}  ${paint(toneOf(phase), phase)}${reason === '' ? '' : `  ${reason}`}`,
  }));
  const first = left[0];
  const waitingFor =
    first === undefined
      ? `EC2: ${view.reason}`
      : `${first.stack}/${first.replica}: ${first.reason || first.phase}`;
  return { outcome: null, rows: [head, ...rows], logs: [], waitingFor };
}

function outcomeOf(view: HostView | undefined): Outcome | null {
  if (view === undefined || view.state === 'terminated') return 'gone';
  return view.state === 'ready' ? 'kept' : null;
}

interface Drain {
  readonly session: Session;
  readonly host: string;
  readonly options: DrainOptions;
  readonly took: string;
}

function ended(one: Drain, waited: Waited<Outcome>): ExitCode {
  const { session, host, options, took } = one;
  const end = (state: string, text: string, code: ExitCode): ExitCode => {
    tell(session, options, { host, state }, () => `${text}\n`);
    return code;
  };
  if (waited.kind === 'interrupted')
    return end(
      'draining',
      `${host} goes on being drained; take it back: berth drain ${host} --undo`,
      EXIT.interrupted,
    );
  if (waited.kind === 'timeout')
    return end(
      'draining',
      `${host} is not empty after ${took}; it waits for ${waited.waitingFor}`,
      EXIT.failed,
    );
  if (waited.outcome === 'kept')
    return end('ready', `${host} is kept: somebody took the drain back`, EXIT.failed);
  return end('terminated', `${host} is drained and terminated (${took})`, EXIT.ok);
}
