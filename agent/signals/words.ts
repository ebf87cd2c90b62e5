/** The lines that a replica may say on its socket: `ready`, `not-ready`, `not-ready REASON`. */
import type { Word } from '../probes/task-health.ts';
import { plain } from '../probes/runners/fault.ts';

/** The word; or, as a text, why the line is none. */
export function readWord(line: string): Word | string {
  const [, word, rest = ''] = /^(ready|not-ready)(?:[ \t]+(.*))?[ \t\r]*$/s.exec(line) ?? [];
  if (word === undefined) return 'say `ready` or `not-ready REASON`';
  if (word === 'ready') return rest.trim() === '' ? { ready: true, reason: '' } : '`ready` takes no reason';
  return { ready: false, reason: plain(rest) };
}
