import { describe, expect, it } from '@jest/globals';
import { growth, worseThanLinear, type Series } from '../../../bench/scale/series.ts';

const series = (values: readonly number[], kind: Series['kind'] = 'cost'): Series => ({
  name: 'any',
  values,
  kind,
  show: String,
});

describe('growth', () => {
  it('is told for ten times as many hosts, whatever the sizes are', () => {
    expect(growth([10, 100, 1000], [1, 10, 1000])).toEqual([10, 100]);
    expect(growth([10, 1000], [1, 100])).toEqual([10]);
    expect(growth([250, 500], [1, 4])[0]).toBeCloseTo(100);
  });

  it('is not told of nothing, nor of one size', () => {
    expect(growth([10, 100], [0, 5])).toEqual([null]);
    expect(growth([10], [5])).toEqual([]);
  });

  it('is worse than linear by its last step, beyond the noise; of rates and the clock never', () => {
    const sizes = [10, 100, 1000];
    const [fine, bad, tiny] = [series([1, 50, 550]), series([1, 10, 130]), series([0, 0.1, 50])];
    expect(
      worseThanLinear(sizes, [
        fine,
        bad,
        tiny,
        series([1, 10, 1000], 'rate'),
        series([1, 10, 1000], 'clock'),
      ]),
    ).toEqual([bad]);
  });
});
