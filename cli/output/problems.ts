import type { Problem } from '../../contract/http-api.ts';

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
