/** Lists of problems: where in a document something is, as its writer would say it, and how many are told. */
import type { Problem } from './http-api.ts';

/** More are cut off: a list that nobody reads to its end is no help, and an answer has a limit of size. */
const PROBLEMS_MAX = 500;

export function firstProblems(problems: readonly Problem[]): Problem[] {
  if (problems.length <= PROBLEMS_MAX) return [...problems];
  const message = `${problems.length - PROBLEMS_MAX} more problems are not listed`;
  return [...problems.slice(0, PROBLEMS_MAX), { path: '', message, remedy: 'mend these first' }];
}

/** Keys are cut in paths: one may be as long as its document, and each problem below it names it again. */
const KEY_SHOWN_MAX = 200;

/** `services.web` + `ports` -> `services.web.ports`; keys with other characters are quoted. */
export function pathTo(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  const shown = key.length > KEY_SHOWN_MAX ? `${key.slice(0, KEY_SHOWN_MAX - 1)}…` : key;
  if (!/^[A-Za-z0-9_-]+$/.test(shown)) return `${parent}[${JSON.stringify(shown)}]`;
  return parent === '' ? shown : `${parent}.${shown}`;
}

/** `['services', 'web', 'ports', 0]` -> `services.web.ports[0]` */
export const pathOf = (steps: readonly PropertyKey[]): string =>
  steps.reduce<string>((path, step) => pathTo(path, typeof step === 'number' ? step : String(step)), '');
