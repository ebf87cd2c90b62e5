/**
 * What a row of probe outcomes means: pure, (state, outcome, rules, time since the start) -> state.
 *
 *     starting --passed x successes--> passing <--passed x successes-- failing
 *     starting --failed x failures, counted from the end of the grace--> failing
 *     passing  --failed x failures--> failing
 *
 * Starting is not failing: within the grace a failure counts for nothing. The grace is over with the first pass. An
 * outcome that says nothing (Docker does not answer, the agent is out of sockets) changes nothing.
 */
export type ProbeVerdict = 'starting' | 'passing' | 'failing';

export interface ProbeState {
  readonly verdict: ProbeVerdict;
  /** Outcomes in a row, since the last one of the other kind. */
  readonly passed: number;
  readonly failed: number;
  /** Why it is failing; '' otherwise. */
  readonly message: string;
}

export type ProbeOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

export interface ProbeRules {
  readonly successes: number;
  readonly failures: number;
  readonly startGraceMs: number;
}

export const newProbe: ProbeState = { verdict: 'starting', passed: 0, failed: 0, message: '' };

/** Counters need not grow for ever: past the largest bound of the wire they say no more. */
const COUNT_MAX = 100;
const more = (count: number): number => Math.min(count + 1, COUNT_MAX);

export function observed(
  state: ProbeState,
  outcome: ProbeOutcome,
  rules: ProbeRules,
  sinceStartMs: number,
): ProbeState {
  switch (outcome.kind) {
    case 'unknown':
      return state;
    case 'passed': {
      const passed = more(state.passed);
      const passes = state.verdict === 'passing' || passed >= rules.successes;
      return passes
        ? { verdict: 'passing', passed, failed: 0, message: '' }
        : { ...state, passed, failed: 0 };
    }
    case 'failed': {
      const inGrace = state.verdict === 'starting' && sinceStartMs < rules.startGraceMs;
      const failed = inGrace ? 0 : more(state.failed);
      if (state.verdict === 'failing' || failed < rules.failures) return { ...state, passed: 0, failed };
      return { verdict: 'failing', passed: 0, failed, message: outcome.message };
    }
  }
}

/** A replica that is coming up is asked this often, so that it is found ready soon. */
export const EAGER_MS = 1000;

/** Milliseconds from the end of one probe to the next, before jitter. */
export function pauseMs(state: ProbeState, intervalMs: number, eager: boolean): number {
  return eager && state.verdict === 'starting' ? Math.min(intervalMs, EAGER_MS) : intervalMs;
}
