import { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { toJson } from '../output/json.ts';
import { painter } from '../output/paint.ts';
import type { Paint } from '../output/paint.ts';
import type { Session, TargetOptions } from '../session.ts';

/** Options of every verb that talks to a control plane. */
export interface CommonOptions extends TargetOptions {
  readonly json?: boolean;
}

/** How a verb is run: `finish` takes its exit code. */
export interface Host {
  readonly session: Session;
  readonly finish: (code: ExitCode) => void;
}

/** A verb with the common options and examples in its help. */
export function verb(name: string, summary: string, examples: readonly string[]): Command {
  return plainVerb(name, summary, examples)
    .option('--json', 'write one JSON document to stdout')
    .option('--endpoint <url>', 'URL of the control plane (see `berth --help`)')
    .option('--cluster <name>', 'cluster of the AWS account, by its parameter /berth/<name>/endpoint');
}

/** A verb that needs no control plane. */
export function plainVerb(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}\n`).join('');
  return new Command(name).description(summary).addHelpText('after', `\nExamples:\n${lines}`);
}

/** Writes a result: as JSON with `--json`, else as text. */
export function tell(
  session: Session,
  options: CommonOptions,
  value: unknown,
  text: (paint: Paint) => string,
): void {
  const { out, color } = session.terminal;
  out.write(options.json === true ? toJson(value) : text(painter(color)));
}
