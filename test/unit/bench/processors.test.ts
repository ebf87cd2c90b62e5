import { describe, expect, it } from '@jest/globals';
import { busyTicksIn, ticksIn } from '../../../bench/deploy/processors.ts';

describe('processor time', () => {
  it('of a process is its own and that of its ended children, whatever its name is', () => {
    const stat = '42 (a b) c) S 1 42 42 0 -1 4194560 100 200 0 0 7 11 13 17 20 0 1 0 12345 1000 2000';
    expect(ticksIn(stat)).toBe(7 + 11 + 13 + 17);
  });

  it('of the machine is all but idle, waiting and guests', () => {
    const stat = 'cpu  1 2 4 1000 2000 8 16 32 5000 6000\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    expect(busyTicksIn(stat)).toBe(1 + 2 + 4 + 8 + 16 + 32);
  });
});
