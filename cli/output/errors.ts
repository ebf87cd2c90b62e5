import { CliError } from '../cli-error.ts';
import type { Paint } from './paint.ts';
import { showProblems } from './problems.ts';

/** An error for a reader: what happened, each problem, what to do. */
export function showError(error: unknown, paint: Paint): string {
  if (!(error instanceof CliError)) return `${paint('bad', 'error:')} ${unexpected(error)}\n`;
  const remedies = error.remedies.map((remedy) => `  ${remedy}\n`).join('');
  return `${paint('bad', 'error:')} ${error.message}\n${showProblems('  document', error.problems)}${remedies}`;
}

/** The same for a program (`--json`). */
export function errorJson(error: unknown): unknown {
  if (!(error instanceof CliError)) return { error: { code: 'unexpected', message: unexpected(error) } };
  const { code, message, remedies, problems } = error;
  return { error: { code, message, remedies, problems } };
}

/** Not thrown on purpose: a fault of the program, so the stack is what helps. */
const unexpected = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
