import { describe, expect, it } from '@jest/globals';
import { AIMS, restBetween, restCase, verdicts } from '../../../bench/agent/report.ts';
import { onProcessorMs, partOf, residentBytesIn } from '../../../bench/agent/resting.ts';

const line = (...words: string[]): string => `${words.join('\0')}\0`;

describe('the resting agent', () => {
  it('is told apart from the parts of its engine, and those from other engines', () => {
    expect(partOf(line('dockerd', '--data-root', '/e1/data'), '/e1')).toBe('dockerd');
    expect(partOf(line('/usr/bin/containerd', '--config', '/e1/x.toml'), '/e1')).toBe('containerd');
    expect(partOf(line('/usr/bin/containerd-shim-runc-v2', '-address', '/e1/x.sock'), '/e1')).toBe('shims');
    expect(partOf(line('dockerd', '--data-root', '/e2/data'), '/e1')).toBeUndefined();
    expect(partOf(line('bash', '-c', 'x', '/e1'), '/e1')).toBeUndefined();
  });

  it('is measured in resident bytes and nanoseconds', () => {
    expect(residentBytesIn('Name:\tnode\nVmHWM:\t  90000 kB\nVmRSS:\t   51200 kB\n')).toBe(51_200 * 1024);
    expect(onProcessorMs('2500000 400 7\n')).toBe(2.5);
    expect(() => onProcessorMs('')).toThrow('schedstat');
  });

  it('takes a share of one processor, and is set beside its aims', () => {
    const look = (usedMs: number) => ({ processes: 1, residentBytes: 70_000_000, usedMs });
    const rests = [10, 20, 600].map((ms) => restBetween(look(100), look(100 + ms), 10_000));
    expect(rests.map(({ corePercent }) => corePercent)).toEqual([0.1, 0.2, 6]);
    const found = restCase(50, 'agent', 1, rests);
    expect(found.corePercent.median).toBe(0.2);
    expect(verdicts([found])).toEqual([
      `50 containers: 70.0 MB resident, aim ${AIMS.residentBytes / 1e6}.0 MB: missed`,
      '50 containers: 0.20 % of a core, aim below 0.30 %: met',
    ]);
  });
});
