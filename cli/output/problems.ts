import type { Problem } from '../../contract/http-api.ts';
import type { Session } from '../session.ts';
import { painter } from './paint.ts';

/** What was taken but may not be meant, on stderr: it is no part of the result. */
export function tellWarnings({ terminal }: Session, file: string, warnings: readonly Problem[]): void {
  if (warnings.length === 0) return;
  const paint = painter(terminal.color);
  terminal.err.write(`${paint('busy', 'warning:')}\n${showProblems(file, warnings)}`);
}

/** `file:line:col: message` as compilers write it, with the place and the remedy below. */
export function showProblems(file: string, problems: readonly Problem[]): string {
  return problems.map((problem) => showProblem(file, problem)).join('');
}

function showProblem(file: string, problem: Problem): string {
  const { path, line, column, message, remedy } = problem;
  const place = [file, line, line === undefined ? undefined : column]
    .filter((part) => part !== undefined)
    .map(String)
    .join(':');
  const what = path === '' || message.includes(path) ? message : `${path}: ${message}`;
  return `${place}: ${what}\n${remedy === undefined ? '' : `    ${remedy}\n`}`;
}
