import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hpa, type HpaMemory } from '../../../bench/autoscale/hpa.ts';
import { isMet, report, verdicts, type Case } from '../../../bench/autoscale/report.ts';
import { dataFolder, readTrace } from '../../../bench/autoscale/traces.ts';
import { replicasOf } from '../core/autoscaling/scenes.ts';

const look = (values: readonly number[], memory: HpaMemory = [], atMs = 0) =>
  hpa(replicasOf(...values), { replicas: values.length, memory }, atMs);

describe('the model of the HPA', () => {
  it('goes up at once, at most to the double or by four', () => {
    expect(look([100, 100, 100]).replicas).toBe(5);
    expect(look([100, 100], []).replicas).toBe(3);
    expect(look([700]).replicas).toBe(5);
    expect(look(Array(10).fill(700)).replicas).toBe(20);
  });

  it('does nothing within a tenth of the target', () => {
    expect(look([76.9, 76.9]).replicas).toBe(2);
    expect(look([63.1, 63.1]).replicas).toBe(2);
    expect(look([77.1, 77.1]).replicas).toBe(3);
  });

  it('goes down to the most that it recommended within five minutes', () => {
    const memory = [{ atMs: 0, replicas: 3 }];
    expect(look([10, 10, 10, 10], memory, 300_000).replicas).toBe(3);
    expect(look([10, 10, 10, 10], memory, 300_001).replicas).toBe(1);
  });
});

const measured = (ratio: number, unservedPercent: number) => ({ ratio, unservedPercent, changes: 1 });
const oneCase = (ratio: number, unservedPercent: number): Case => ({
  trace: 'noisy',
  part: 'held out',
  startUpSeconds: 10,
  berth: measured(ratio, unservedPercent),
  hpa: measured(1.6, 0.1),
});

describe('the aim', () => {
  it('is met at 1.25x with no more unserved than the HPA, not past it', () => {
    const all = [oneCase(1.25, 0.1), oneCase(1.2501, 0.1), oneCase(1.1, 0.1001)];
    expect(all.map(isMet)).toEqual([true, false, false]);
    expect(verdicts(all)[1]).toMatch(/^held out: .* met in 1 of 3 runs$/);
    expect(report({ checks: [], cases: all, front: [] }).text).toMatch(/1.250x \/ 0.100 %.*met\n/);
  });
});

describe('a trace', () => {
  it('is one number a line; a wrong line and a missing file are told by name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-trace-'));
    try {
      mkdirSync(join(folder, 'autothrottle-rps'));
      const file = join(folder, 'autothrottle-rps', 'noisy.txt');
      writeFileSync(file, '12\n0\n7.5\n');
      expect(readTrace(folder, 'noisy')).toEqual([12, 0, 7.5]);
      writeFileSync(file, '12\n\n7\n');
      expect(() => readTrace(folder, 'noisy')).toThrow(/noisy\.txt:2: "" is no number from 0 on/);
      expect(() => readTrace(folder, 'bursty')).toThrow(/bursty\.txt is not there; BERTH_BENCH_DATA names/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(dataFolder('/data')).toBe('/data');
    expect(dataFolder(undefined)).toMatch(/shared\/data$/);
  });
});
