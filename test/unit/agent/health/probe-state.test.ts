/** The state machine of a probe: examples, and what holds for every row of outcomes. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  newProbe,
  observed,
  pauseMs,
  type ProbeOutcome,
  type ProbeRules,
  type ProbeState,
} from '../../../../agent/probes/probe-state.ts';

const passed: ProbeOutcome = { kind: 'passed' };
const failed: ProbeOutcome = { kind: 'failed', message: 'no' };
const unknown: ProbeOutcome = { kind: 'unknown', message: 'Docker does not answer' };
const rules: ProbeRules = { successes: 2, failures: 3, startGraceMs: 1000 };

const after = (outcomes: readonly ProbeOutcome[], sinceMs = 5000, from = newProbe, by = rules): ProbeState =>
  outcomes.reduce((state, outcome) => observed(state, outcome, by, sinceMs), from);

describe('a probe', () => {
  it('passes after so many passes in a row, and fails after so many failures', () => {
    expect(after([passed]).verdict).toBe('starting');
    expect(after([passed, failed, passed]).verdict).toBe('starting');
    const passing = after([passed, passed]);
    expect(passing.verdict).toBe('passing');
    expect(after([failed, failed, passed, failed, failed], 5000, passing).verdict).toBe('passing');
    expect(after([failed, failed, failed], 5000, passing)).toMatchObject({
      verdict: 'failing',
      message: 'no',
    });
    expect(after([failed, failed, failed, passed], 5000, passing).verdict).toBe('failing');
    expect(after([failed, failed, failed, passed, passed], 5000, passing)).toMatchObject({
      verdict: 'passing',
      message: '',
    });
  });

  it('is starting, not failing, within the grace; and the count begins at its end', () => {
    const late = after([failed, failed, failed, failed, failed], 999);
    expect(late).toEqual(newProbe);
    expect(after([failed, failed], 1000, late).verdict).toBe('starting');
    expect(after([failed, failed, failed], 1000, late).verdict).toBe('failing');
  });

  it('has no grace left once it passed', () => {
    expect(after([passed, passed, failed, failed, failed], 10).verdict).toBe('failing');
  });

  it('is asked more often while it comes up', () => {
    expect(pauseMs(newProbe, 5000, true)).toBe(1000);
    expect(pauseMs(newProbe, 500, true)).toBe(500);
    expect(pauseMs(newProbe, 5000, false)).toBe(5000);
    expect(pauseMs(after([passed, passed]), 5000, true)).toBe(5000);
  });
});

describe('whatever comes', () => {
  const anyRules = fc.record({
    successes: fc.integer({ min: 1, max: 5 }),
    failures: fc.integer({ min: 1, max: 5 }),
    startGraceMs: fc.integer({ min: 0, max: 20_000 }),
  });
  const steps = fc.array(fc.constantFrom(passed, failed, unknown), { maxLength: 60 });
  /** Each outcome a second after the one before. */
  const walk = (by: ProbeRules, outcomes: readonly ProbeOutcome[]): ProbeState[] => {
    const states = [newProbe];
    outcomes.forEach((outcome, index) => states.push(observed(states.at(-1)!, outcome, by, index * 1000)));
    return states;
  };
  const holds = (property: (by: ProbeRules, outcomes: ProbeOutcome[], states: ProbeState[]) => void): void =>
    fc.assert(
      fc.property(anyRules, steps, (by, outcomes) => property(by, outcomes, walk(by, outcomes))),
      { numRuns: 1000 },
    );

  it('an outcome that says nothing changes nothing', () =>
    holds((_by, outcomes, states) => {
      outcomes.forEach((outcome, index) => {
        if (outcome.kind === 'unknown') expect(states[index + 1]).toBe(states[index]);
      });
    }));

  it('never goes back to starting', () =>
    holds((_by, _outcomes, states) => {
      const first = states.findIndex((state) => state.verdict !== 'starting');
      if (first >= 0) expect(states.slice(first).map((state) => state.verdict)).not.toContain('starting');
    }));

  it('turns only after as many telling outcomes in a row as the rules ask for', () =>
    holds((by, outcomes, states) => {
      outcomes.forEach((_outcome, index) => {
        const [before, now] = [states[index]!, states[index + 1]!];
        if (before.verdict === now.verdict) return;
        const telling = outcomes.slice(0, index + 1).filter((each) => each.kind !== 'unknown');
        const kind = now.verdict === 'passing' ? 'passed' : 'failed';
        const need = kind === 'passed' ? by.successes : by.failures;
        expect(telling.slice(-need).map((each) => each.kind)).toEqual(Array(need).fill(kind));
      });
    }));

  it('does not fail within the grace unless it passed before', () =>
    holds((by, outcomes, states) => {
      outcomes.forEach((_outcome, index) => {
        const never = states.slice(0, index + 2).every((state) => state.verdict !== 'passing');
        if (index * 1000 < by.startGraceMs && never) expect(states[index + 1]!.verdict).toBe('starting');
      });
    }));

  it('tells why it fails, and only then', () =>
    holds((_by, _outcomes, states) => {
      for (const state of states) expect(state.message !== '').toBe(state.verdict === 'failing');
    }));
});
