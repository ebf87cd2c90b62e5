import type { Command } from 'commander';
import type { ApiClient } from '../api/api-client.ts';
import { deleteStack, getStack, listReplicas, stackName, unlessMissing } from '../api/routes.ts';
import type { Replica } from '../../contract/http-api.ts';
import { badInput, CliError } from '../cli-error.ts';
import { parseDurationMs, showDuration } from '../duration.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { painter, toneOf } from '../output/paint.ts';
import type { Paint } from '../output/paint.ts';
import { createProgress } from '../output/progress.ts';
import type { Row } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { counted } from '../watch/deploy-view.ts';
import { waitFor } from '../watch/wait-for.ts';
import type { Look, Waited } from '../watch/wait-for.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface RmOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly wait: boolean;
  readonly timeout: string;
}

/** `berth rm STACK`: out of DNS, then stopped, then gone. */
export function rmCommand({ session, finish }: Host): Command {
  return verb('rm', 'Remove a stack: its replicas leave DNS, then stop', [
    'berth rm shop',
    'berth rm shop --yes --no-wait',
  ])
    .argument('<stack>', 'the stack to remove')
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'return as soon as the removal is accepted')
    .option('--timeout <duration>', 'wait at most this long', '15m')
    .action(async (stack: string, options: RmOptions) => {
      stackName(stack);
      const timeoutMs = parseDurationMs(options.timeout);
      await confirmed(session, stack, options);
      finish(await remove(session, stack, options, timeoutMs));
    });
}

async function confirmed(session: Session, stack: string, options: RmOptions): Promise<void> {
  if (options.yes === true) return;
  const answer = await session.confirm(`Remove the stack ${stack} and stop all its replicas?`);
  if (answer === null)
    throw badInput(`removing ${stack} needs a yes`, 'there is no terminal to ask on: add --yes');
  if (!answer) throw badInput('nothing was removed');
}

async function remove(
  session: Session,
  stack: string,
  options: RmOptions,
  timeoutMs: number,
): Promise<ExitCode> {
  const api = await session.connect(options);
  const reply = await deleteStack(api, stack);
  if (reply === null)
    throw new CliError(`there is no stack ${stack}`, {
      exitCode: EXIT.failed,
      code: 'not-found',
      remedies: ['`berth stacks` lists what there is'],
    });
  if (!options.wait || reply.state === 'removed') {
    tell(
      session,
      options,
      reply,
      () => `${stack} ${reply.state === 'removed' ? 'is removed' : 'is being removed'}\n`,
    );
    return EXIT.ok;
  }
  const startMs = session.nowMs();
  const { terminal } = session;
  const progress = createProgress(options.json === true ? terminal.err : terminal.out);
  const look = (elapsedMs: number) => lookAt(api, stack, elapsedMs, painter(terminal.color));
  const waited = await waitFor(session, { timeoutMs, progress, look });
  return ended({ session, stack, options, took: showDuration(session.nowMs() - startMs) }, waited);
}

async function lookAt(
  api: ApiClient,
  stack: string,
  elapsedMs: number,
  paint: Paint,
): Promise<Look<'gone' | 'back'>> {
  const over = (outcome: 'gone' | 'back') => ({ outcome, rows: [], logs: [], waitingFor: '' });
  const detail = await getStack(api, stack);
  if (detail === null) return over('gone');
  if (detail.state !== 'removing') return over('back');
  const all = await unlessMissing(listReplicas(api, stack));
  if (all === null) return over('gone'); // between the two questions
  const replicas = all.filter(({ task }) => task !== null);
  const head: Row = {
    key: 'stack',
    text: `${paint('strong', stack)}: ${paint('busy', 'removing')}, ${counted(replicas.length, 'replica')} left`,
    ticking: `  ${showDuration(elapsedMs)}`,
  };
  return {
    outcome: null,
    rows: [head, ...replicaRows(replicas, paint)],
    logs: [],
    waitingFor: left(replicas),
  };
}

const replicaRows = (replicas: readonly Replica[], paint: Paint): readonly Row[] =>
  replicas.map(({ replica, task, phase, reason }) => ({
    key: `task ${task ?? replica}`,
    text: `  ${replica}  ${paint(toneOf(phase), phase)}${reason === '' ? '' : `  ${reason}`}`,
  }));

const left = (replicas: readonly Replica[]): string =>
  replicas.length === 0
    ? 'the last rows to be removed'
    : replicas
        .map(({ replica, phase, reason }) => `${replica}: ${reason === '' ? phase : reason}`)
        .join('; ');

interface Removal {
  readonly session: Session;
  readonly stack: string;
  readonly options: RmOptions;
  readonly took: string;
}

function ended(removal: Removal, waited: Waited<'gone' | 'back'>): ExitCode {
  const { session, stack, options, took } = removal;
  const end = (state: string, text: string, code: ExitCode): ExitCode => {
    tell(session, options, { stack, state }, () => `${text}\n`);
    return code;
  };
  if (waited.kind === 'interrupted')
    return end(
      'removing',
      `${stack} goes on being removed; watch it: berth events ${stack} --follow`,
      EXIT.interrupted,
    );
  if (waited.kind === 'timeout')
    return end(
      'removing',
      `${stack} is not gone after ${took}; it waits for ${waited.waitingFor}`,
      EXIT.failed,
    );
  if (waited.outcome === 'back')
    return end('superseded', `${stack} was deployed again meanwhile`, EXIT.failed);
  return end('removed', `${stack} is removed (${took})`, EXIT.ok);
}
