import type { Problem } from '../contract/http-api.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

/** An end that the user must hear of: what happened, and how to mend it. The only error that verbs throw on purpose. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** What to do about it; one sentence each. */
  readonly remedies: readonly string[];
  /** Machine-readable kind, shown with `--json`. */
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(
    message: string,
    details: {
      readonly exitCode: ExitCode;
      readonly code: string;
      readonly remedies?: readonly string[];
      readonly problems?: readonly Problem[];
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.exitCode = details.exitCode;
    this.code = details.code;
    this.remedies = details.remedies ?? [];
    this.problems = details.problems ?? [];
  }
}

/** Wrong use of the command line or a file that cannot be used (exit 2). */
export function badInput(message: string, ...remedies: readonly string[]): CliError {
  return new CliError(message, { exitCode: EXIT.badInput, code: 'bad-input', remedies });
}

/** The control plane is out of reach (exit 3). */
export function noAccess(code: string, message: string, ...remedies: readonly string[]): CliError {
  return new CliError(message, { exitCode: EXIT.noAccess, code, remedies });
}
