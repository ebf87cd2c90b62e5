/** What simulated containers run: the first word of their command says how they behave. */
import type { CreateOptions } from '../../../agent/docker/engine.ts';
import type { Played } from '../../support/programs.ts';

export const PROGRAMS = {
  /** Serves, and ends on SIGTERM. */
  serves: { onTerm: 0, termMs: 700, healthyAfterMs: 2500 },
  /** Serves, and ignores SIGTERM. */
  deaf: { healthyAfterMs: 2500 },
  /** Ends by itself at once. */
  crashes: { endsAfterMs: 400, exitCode: 1 },
  /** Runs and never passes its health check. */
  'never-healthy': { onTerm: 0, termMs: 100 },
} as const satisfies Record<string, Played>;

export type ProgramName = keyof typeof PROGRAMS;

export function play(options: CreateOptions): Played {
  const word = options.Cmd?.[0] ?? '';
  if (!(word in PROGRAMS)) throw new Error(`no simulated program ${word}`);
  return PROGRAMS[word as ProgramName];
}
