import type { Command } from 'commander';
import type { Problem } from '../../contract/http-api.ts';
import type { StackSpec } from '../../contract/stack-spec.ts';
import { parseDurationMs } from '../duration.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { painter } from '../output/paint.ts';
import { showProblems, tellWarnings } from '../output/problems.ts';
import type { Session } from '../session.ts';
import { counted } from '../watch/deploy-view.ts';
import type { Document } from './deploy/document.ts';
import { readDocument } from './deploy/document.ts';
import { handOver } from './deploy/hand-over.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface DeployOptions extends CommonOptions {
  readonly file?: string;
  readonly name?: string;
  readonly wait: boolean;
  readonly timeout: string;
  readonly check?: boolean;
}

const ENDINGS = `
It ends with one of
  CONVERGED   every replica runs and is healthy (exit 0)
  FAILED      with the reason (exit 1)
  SUPERSEDED  another deploy or a removal took its place (exit 1)
  TIMEOUT     of this command; the deploy goes on (exit 1)
A file with mistakes is refused with all of them, as file:line:column (exit 2).`;

/** `berth deploy`: check the file here, hand it over as it is, then tell what happens until it has ended. */
export function deployCommand({ session, finish }: Host): Command {
  return verb('deploy', 'Deploy a Compose file and wait until its replicas are healthy', [
    'berth deploy -f compose.yaml',
    'berth deploy -f compose.yaml --check        (only looks at the file)',
    'berth deploy -f compose.yaml --no-wait',
    'cat compose.yaml | berth deploy -f - --name shop --timeout 5m',
  ])
    .option(
      '-f, --file <file>',
      'the Compose file, - for stdin (default: compose.yaml or its like in this folder)',
    )
    .option('--name <stack>', 'name of the stack, for a file without `name:`')
    .option('--wait', 'wait until it has ended', true)
    .option('--no-wait', 'return as soon as it is accepted')
    .option('--timeout <duration>', 'wait at most this long', '15m')
    .option('--check', 'only check the file; nothing is sent')
    .addHelpText('after', ENDINGS)
    .action(async (options: DeployOptions) => {
      const timeoutMs = parseDurationMs(options.timeout);
      const document = await readDocument(session.cwd, options.file);
      const checked = await check(session, options, document);
      if (checked === null) finish(EXIT.badInput);
      else if (options.check === true) finish(tellFine(session, options, document, checked));
      else finish(await handOver(session, options, { ...document, stack: checked.spec.name, timeoutMs }));
    });
}

interface Checked {
  readonly spec: StackSpec;
  readonly warnings: readonly Problem[];
}

/** Null when it was refused; what is wrong is then told. */
async function check(
  session: Session,
  options: DeployOptions,
  { file, bytes }: Document,
): Promise<Checked | null> {
  // Here, because the other verbs need no YAML: they start twice as fast without.
  const { loadCompose } = await import('../../compose/load.ts');
  const loaded = loadCompose(bytes, options.name === undefined ? {} : { name: options.name });
  const { err, color } = session.terminal;
  const paint = painter(color);
  if (loaded.kind === 'stack') return loaded;
  const { problems } = loaded;
  err.write(`${showProblems(file, problems)}${paint('bad', 'refused:')} ${refusedBecause(problems)}\n`);
  if (options.json === true) tell(session, options, { kind: 'refused', file, problems }, () => '');
  return null;
}

const refusedBecause = (problems: readonly Problem[]) =>
  `${counted(problems.length, 'problem')}; nothing was sent`;

function tellFine(
  session: Session,
  options: DeployOptions,
  { file }: Document,
  { spec, warnings }: Checked,
): ExitCode {
  tellWarnings(session, file, warnings);
  const all = Object.values(spec.services);
  const services = all.length;
  const replicas = all.reduce((sum, service) => sum + service.replicas, 0);
  tell(
    session,
    options,
    { kind: 'stack', stack: spec.name, services, replicas, warnings },
    () =>
      `${file} is fine: stack ${spec.name}, ${counted(services, 'service')}, ${counted(replicas, 'replica')}\n`,
  );
  return EXIT.ok;
}
