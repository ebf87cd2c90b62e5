/**
 * The lines that a replica may say on its socket: `ready`, `not-ready`, `not-ready REASON`, `metric NAME VALUE`, `protect`,
 * `unprotect`.
 */
import type { Word } from '../probes/task-health.ts';
import { plain } from '../probes/runners/fault.ts';

/** A number of the replica's own. */
export interface MetricWord {
  readonly metric: string;
  readonly value: number;
}

/** Whether the replica may be taken away for lack of load. */
export interface ProtectWord {
  readonly protect: boolean;
}

export type Saying = Word | MetricWord | ProtectWord;

/** What was said; or, as a text, why the line says nothing. */
export function readWord(line: string): Saying | string {
  const [, word, rest = ''] =
    /^(ready|not-ready|metric|protect|unprotect)(?:[ \t]+(.*))?[ \t\r]*$/s.exec(line) ?? [];
  switch (word) {
    case undefined:
      return 'say `ready`, `not-ready REASON`, `metric NAME VALUE`, `protect` or `unprotect`';
    case 'not-ready':
      return { ready: false, reason: plain(rest) };
    case 'metric':
      return readMetric(rest);
    default:
      if (rest.trim() !== '') return `\`${word}\` takes nothing beside it`;
      return word === 'ready' ? { ready: true, reason: '' } : { protect: word === 'protect' };
  }
}

const METRIC = /^([a-zA-Z_][a-zA-Z0-9_]{0,99})[ \t]+([+-]?[0-9.eE+-]{1,40})[ \t\r]*$/;

function readMetric(rest: string): MetricWord | string {
  const [, metric, text] = METRIC.exec(rest) ?? [];
  const value = Number(text);
  if (metric === undefined || !Number.isFinite(value))
    return 'say `metric NAME VALUE`, such as `metric jobs 12`';
  return { metric, value };
}
