import { readFile, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { StackSpec } from '../../contract/stack-spec.ts';
import { badInput, CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { showProblems, tellWarnings } from '../output/problems.ts';
import type { Session } from '../session.ts';
import { circumstancesOf, type SimulateOptions } from '../simulate/options.ts';
import { parseTrace, type Trace } from '../simulate/trace.ts';
import { readDocument } from './deploy/document.ts';
import { plainVerb, tell, type Host } from './verb.ts';

/** A month of seconds with their numbers. */
const TRACE_BYTES_MAX = 100_000_000;

const NOTES = `
The load is CSV with the header second,load or time,load, in units of work a second; --capacity
says how many of them use all the CPU of one replica (100 % of what its target measures).
A look sees only what was before it; load that no ready replica can serve is lost.
Nothing is asked of a control plane or of AWS.`;

/** `berth simulate`: what the autoscaler of a Compose file would have done under a recorded load. */
export function simulateCommand({ session, finish }: Host): Command {
  return plainVerb('simulate', 'Replay a recorded load against the autoscaling of a Compose file', [
    'berth simulate -f compose.yaml --trace load.csv --capacity 10',
    'berth simulate --trace load.csv --capacity 10 --host-price 0.0168 --svg load.svg',
    'berth simulate --trace load.csv --capacity 10 --service web --start-up 40s --json | jq .totals',
  ])
    .option('-f, --file <file>', 'the Compose file, - for stdin (default: as for `berth deploy`)')
    .requiredOption('--trace <file>', 'the load')
    .requiredOption('--capacity <units>', 'units of work a second that one replica serves')
    .option('--name <stack>', 'name of the stack, for a file without `name:`')
    .option('--service <name>', 'the service, where several are autoscaled')
    .option('--start-up <duration>', 'from a replica’s order until it serves', '10s')
    .option('--host-cpu <cpus>', 'CPUs of a host (default: 2, as the pool’s default type has)')
    .option('--host-memory <size>', 'memory of a host (default: 2g)')
    .option('--host-start-up <duration>', 'from a host’s order until it takes replicas', '60s')
    .option('--hosts-max <number>', 'most hosts (default: 10, as the pool’s)')
    .option('--host-price <dollars>', 'of one host for an hour; without it no cost is told')
    .option('--svg <file>', 'write a plot there as well')
    .option('--json', 'write one JSON document to stdout')
    .addHelpText('after', NOTES)
    .action(async (options: SimulateOptions) => {
      const given = circumstancesOf(options);
      const trace = await readTrace(session, options);
      const stack = trace && (await readStack(session, options));
      if (!trace || !stack) {
        finish(EXIT.badInput);
        return;
      }
      // Here, because no other verb decides anything: they start faster without.
      const { runSimulation } = await import('../simulate/run.ts');
      const { showSimulation, simulationTimeLine } = await import('../simulate/show.ts');
      const { shown, replayed, data } = runSimulation(stack, options.service, trace, given);
      if (options.svg !== undefined) {
        const { timeLineSvg } = await import('../output/plot/time-line.ts');
        await writePlot(session, options.svg, timeLineSvg(simulationTimeLine(shown, replayed)));
      }
      tell(session, options, data, (paint) => showSimulation(shown, replayed, paint));
      finish(EXIT.ok);
    });
}

/** Null when it was refused; what is wrong is then told. */
async function readTrace(session: Session, { trace, json }: SimulateOptions): Promise<Trace | null> {
  const parsed = parseTrace(await textOf(session, trace));
  if (parsed.kind === 'trace') return parsed;
  refuse(session, json, trace, parsed.problems);
  return null;
}

async function textOf(session: Session, file: string): Promise<string> {
  const path = resolve(session.cwd, file);
  try {
    if ((await stat(path)).size > TRACE_BYTES_MAX) throw badInput(`${file} is larger than 100 MB`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw badInput(`${file} cannot be read: ${whyOf(error)}`);
  }
}

async function writePlot(session: Session, file: string, svg: string): Promise<void> {
  try {
    await writeFile(resolve(session.cwd, file), svg);
  } catch (error) {
    throw badInput(`${file} cannot be written: ${whyOf(error)}`);
  }
}

function whyOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file or folder' : message;
}

async function readStack(
  session: Session,
  { file: named, name, json }: SimulateOptions,
): Promise<StackSpec | null> {
  const { file, bytes } = await readDocument(session.cwd, named);
  const { loadCompose } = await import('../../compose/load.ts');
  const loaded = loadCompose(bytes, name === undefined ? {} : { name });
  if (loaded.kind === 'stack') {
    tellWarnings(session, file, loaded.warnings);
    return loaded.spec;
  }
  refuse(session, json, file, loaded.problems);
  return null;
}

function refuse(
  session: Session,
  json: boolean | undefined,
  file: string,
  problems: Parameters<typeof showProblems>[1],
): void {
  session.terminal.err.write(showProblems(file, problems));
  if (json === true) tell(session, { json }, { kind: 'refused', file, problems }, () => '');
}
