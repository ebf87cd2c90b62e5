/** What test containers run, and how the in-memory engine plays it: one table, so both do the same. */
import type { CreateOptions } from '../../agent/docker/engine.ts';

export interface Played {
  /** Ends by itself after this long, with `exitCode`. */
  readonly endsAfterMs?: number;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** Exit code on the stop signal; absent: the signal is ignored, as by any first process without a handler. */
  readonly onTerm?: number;
  readonly termMs?: number;
  /** Passes its health check this long after its start; absent: never. */
  readonly healthyAfterMs?: number;
  /** Start fails with these words. */
  readonly startError?: string;
}

export interface Program {
  readonly argv: readonly string[];
  readonly played: Played;
}

const forever = 'while :; do sleep 0.05; done';

export const programs = {
  idle: { argv: ['sleep', '1000'], played: {} },
  /** Handles SIGTERM. */
  graceful: (code: number): Program => ({
    argv: ['sh', '-c', `trap "exit ${code}" TERM; ${forever}`],
    played: { onTerm: code, termMs: 20 },
  }),
  exits: (code: number): Program => ({
    argv: ['sh', '-c', `exit ${code}`],
    played: { endsAfterMs: 5, exitCode: code },
  }),
  /** Passes `HEALTH_TEST` after a while. */
  becomesHealthy: {
    argv: ['sh', '-c', `sleep 0.3; touch /tmp/ok; ${forever}`],
    played: { healthyAfterMs: 400 },
  },
  neverHealthy: { argv: ['sh', '-c', forever], played: {} },
  /** Its first process outlives the one that is killed: an engine that is told of the kill only afterwards may say nothing. */
  eatsMemory: {
    argv: ['sh', '-c', '(x=0123456789abcdef; while :; do x="$x$x"; done); sleep 0.5; exit 137'],
    played: { endsAfterMs: 50, exitCode: 137, oomKilled: true },
  },
  missing: {
    argv: ['/bin/no-such-program'],
    played: {
      startError: 'exec: "/bin/no-such-program": stat /bin/no-such-program: no such file or directory',
    },
  },
} as const;

/** What a command inside a container does; `endsAfterMs` absent: it never ends. */
export interface PlayedCommand {
  readonly exitCode: number;
  readonly output: string;
  readonly endsAfterMs?: number;
}

export const commands = {
  passes: { argv: ['test', '-e', '/bin'], played: { exitCode: 0, output: '', endsAfterMs: 2 } },
  complains: {
    argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
    played: { exitCode: 3, output: 'out\nerr\n', endsAfterMs: 2 },
  },
  hangs: { argv: ['sleep', '7'], played: { exitCode: 0, output: '', endsAfterMs: 7000 } },
  missing: {
    argv: ['/bin/no-such-program'],
    played: {
      exitCode: 127,
      output: 'OCI runtime exec failed: exec: "/bin/no-such-program": no such file or directory',
      endsAfterMs: 2,
    },
  },
} as const satisfies Record<string, { argv: readonly string[]; played: PlayedCommand }>;

/** Plays the table's commands, and nothing else. */
export function playCommand(argv: readonly string[]): PlayedCommand {
  const found = Object.values(commands).find((each) => JSON.stringify(each.argv) === JSON.stringify(argv));
  if (found === undefined) throw new Error(`the in-memory engine cannot play the command ${argv.join(' ')}`);
  return found.played;
}

/** Health check that goes with `becomesHealthy` and `neverHealthy`. */
export const HEALTH_TEST = ['CMD', 'test', '-e', '/tmp/ok'] as const;

const known: readonly Program[] = [
  programs.idle,
  programs.becomesHealthy,
  programs.neverHealthy,
  programs.eatsMemory,
  programs.missing,
  ...[0, 3, 7].flatMap((code) => [programs.graceful(code), programs.exits(code)]),
];

/** Plays the table's programs, and nothing else. */
export function play(options: CreateOptions): Played {
  const argv = JSON.stringify(options.Cmd ?? []);
  const found = known.find((program) => JSON.stringify(program.argv) === argv);
  if (found === undefined) throw new Error(`the in-memory engine cannot play ${argv}`);
  return found.played;
}
