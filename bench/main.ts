/**
 * `npm run bench -- NAME [--json]`: runs one benchmark and prints what it measured, whatever it is.
 *
 * In: the name, `--rounds`, `--sizes`. Out: tables of medians and ratios on stdout, or JSON; progress on stderr.
 * Fails: exit 1 with the reason; 2 for a wrong command line. What a bench started is removed first.
 */
import { parseArgs } from 'node:util';
import { toJson } from '../cli/output/json.ts';
import agent from './agent.ts';
import autoscale from './autoscale.ts';
import deploy from './deploy.ts';
import placement from './placement.ts';
import scale from './scale.ts';
import type { Bench } from './lib/bench.ts';

const BENCHES: readonly Bench[] = [deploy, agent, autoscale, placement, scale];

const HELP = `npm run bench -- NAME [OPTIONS]

${BENCHES.map(({ name, summary }) => `  ${name.padEnd(11)}${summary}`).join('\n')}

      --rounds N     measured rounds of each case, after one warm-up round (default 5)
      --sizes A,B    sizes to measure instead of the bench's own, such as 1,10,50
      --json         one JSON document on stdout
  -h, --help         show this

It starts what it needs on this machine (a local cloud or an engine of its own, root needed) and removes it again.
autoscale starts nothing: it replays traces from the folder that BERTH_BENCH_DATA names (default ../shared/data).
placement and scale start nothing either.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      sizes: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const bench = BENCHES.find(({ name }) => name === positionals[0]);
  if (values.help || bench === undefined) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const result = await bench.run({
    rounds: numberOf(values.rounds),
    sizes: values.sizes?.split(',').map(numberOf),
    note: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(values.json ? toJson({ bench: bench.name, ...(result.data as object) }) : result.text);
  return 0;
}

function numberOf(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`"${text}" is no number from 1 on`);
  return value;
}

/** Wrong use, as parseArgs and numberOf tell it: the sentence helps, the stack does not. */
const isUsage = (error: unknown): error is Error =>
  error instanceof RangeError ||
  (error instanceof TypeError &&
    (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true);

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (isUsage(error)) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
