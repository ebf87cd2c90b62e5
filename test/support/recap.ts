/**
 * The failures of a run, told again at its end: what a suite prints where it fails is far above by then, and whoever
 * keeps only the last lines of a log shall still see what broke.
 */
import { stripVTControlCharacters } from 'node:util';

/** The part of Jest's JSON results (`--json`) that is read here. */
export interface FileResult {
  readonly name: string;
  /** What failed in it as text: in its tests, or outside of them (an import, a hook at the end). */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

const MOST_TOLD = 12;
const MOST_LINES = 14;
const MOST_LETTERS = 200;

/**
 * Lines to print; empty when nothing failed.
 *
 * @param root what the files' paths are told relative to
 */
export function recapOf(suite: string, files: readonly FileResult[], root: string): readonly string[] {
  const failures = files.flatMap(({ name, message, assertionResults }) => {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length > 0)
      return failed.map((one) => ({ file, test: one.fullName, text: one.failureMessages.join('\n') }));
    return message === '' ? [] : [{ file, test: 'as a whole', text: message }];
  });
  const told = failures
    .slice(0, MOST_TOLD)
    .flatMap(({ file, test, text }) => ['', `failed in ${suite}: ${file}: ${test}`, ...shortened(text)]);
  const left = failures.length - MOST_TOLD;
  return left > 0
    ? [...told, '', `failed in ${suite}: ${left} more, in .berth/test-results/${suite}.json`]
    : told;
}

/** Without colours, and without the stack of the test runner. */
function shortened(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('node_modules/'))
    .slice(0, MOST_LINES)
    .map((line) => `  ${line.slice(0, MOST_LETTERS)}`);
}
