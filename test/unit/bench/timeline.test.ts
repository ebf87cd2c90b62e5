import { describe, expect, it } from '@jest/globals';
import { medians, PARTS, partsOf, passesIn, workOf } from '../../../bench/deploy/timeline.ts';

const T = Date.parse('2026-11-22T18:00:00.000Z');
const at = (ms: number) => new Date(T + ms).toISOString();
const call = (ms: number, path: string, status = 200) => ({
  time: at(ms),
  method: 'GET',
  path,
  accessKeyId: 'A',
  status,
});

const asked = {
  askedAt: T,
  knownAt: T + 2000,
  moments: { answeredAt: T + 100, placedAt: T + 300, inDnsAt: T + 1900 },
};
const containers = { created: [T + 800, T + 700], started: [T + 1500, T + 1400] };
const seen = {
  calls: [
    call(-50, '/x/v1/agent/hosts/h/manifest'),
    call(200, '/x/v1/agent/hosts/h/manifest', 304),
    call(600, '/x/v1/agent/hosts/h/manifest'),
    call(900, '/x/v1/agent/hosts/h/report'),
    call(1550, '/x/v1/agent/hosts/h/report'),
  ],
  passes: [
    { loop: 'reconcile', startedMs: T - 10, ms: 5, outcome: 'done' },
    { loop: 'register', startedMs: T + 120, ms: 5, outcome: 'done' },
    { loop: 'reconcile', startedMs: T + 150, ms: 5, outcome: 'done' },
  ],
};

describe('where the time goes', () => {
  it('is split at what was seen after it was asked for, without a gap', () => {
    const parts = partsOf(asked, containers, seen);
    expect(parts).toEqual({
      api: 100,
      wake: 50,
      reconcile: 150,
      poll: 300,
      manifest: 100,
      Docker: 800,
      report: 50,
      judge: 450,
      register: 400,
    });
    const { register: _besides, ...inRow } = parts;
    expect(Object.values(inRow).reduce((sum, ms) => sum + ms, 0)).toBe(asked.knownAt - asked.askedAt);
  });

  it('leaves out what was not seen', () => {
    const parts = partsOf({ askedAt: T, knownAt: T + 1 }, containers, { calls: [], passes: [] });
    expect(Object.keys(parts)).toEqual(['Docker']);
  });

  it('is told by medians, in order', () => {
    const rounds = [{ Docker: 3, api: 1 }, { Docker: 5, api: 9 }, { Docker: 4 }];
    expect(Object.entries(medians(PARTS, rounds))).toEqual([
      ['api', 5],
      ['Docker', 4],
    ]);
  });
});

it('finds the runs of loops in a log full of other lines', () => {
  const line = (startedMs: number) =>
    JSON.stringify({ level: 'INFO', message: 'pass', loop: 'reconcile', ms: 7, startedMs });
  const log = `starting\n${line(2)}\n2026 INFO output: ${line(1)}\n{"message":"other"}\n`;
  expect(passesIn(log).map(({ startedMs }) => startedMs)).toEqual([1, 2]);
});

it('counts what the control plane did between asking and knowing', () => {
  const busy = { loop: 'reconcile', startedMs: T + 1999, ms: 1, outcome: 'busy' };
  const late = { loop: 'register', startedMs: T + 2001, ms: 1, outcome: 'done' };
  expect(workOf(asked, { ...seen, passes: [...seen.passes, busy, late] })).toEqual({
    'manifest asked for': 2,
    reports: 2,
    'reconcile runs': 1,
    'reconcile busy': 1,
    'register runs': 1,
    'register busy': 0,
  });
});
