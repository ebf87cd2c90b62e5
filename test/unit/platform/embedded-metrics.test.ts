import { describe, expect, it } from '@jest/globals';
import { embeddedMetrics, type MetricPoint } from '../../../functions/platform/embedded-metrics.ts';

function written(...points: MetricPoint[]): unknown[] {
  const lines: string[] = [];
  embeddedMetrics({ cluster: 'c1' }, (line) => lines.push(line)).publish(points);
  for (const line of lines) expect(line.endsWith('\n')).toBe(true);
  return lines.map((line) => JSON.parse(line) as unknown);
}
const values = (name: string, ...numbers: number[]) => ({ name, unit: 'None' as const, values: numbers });

describe('embedded metrics', () => {
  it('are lines in CloudWatch’s format', () => {
    const point = { atMs: 7, dimensions: { stack: 'shop', service: 'web' } };
    expect(
      written({
        ...point,
        values: [values('cpuMillis', 1, 2), { ...values('memoryBytes', 3), unit: 'Bytes' }],
      }),
    ).toEqual([
      {
        _aws: {
          Timestamp: 7,
          CloudWatchMetrics: [
            {
              Namespace: 'Berth',
              Dimensions: [['cluster', 'stack', 'service']],
              Metrics: [
                { Name: 'cpuMillis', Unit: 'None' },
                { Name: 'memoryBytes', Unit: 'Bytes' },
              ],
            },
          ],
        },
        cluster: 'c1',
        stack: 'shop',
        service: 'web',
        cpuMillis: [1, 2],
        memoryBytes: [3],
      },
    ]);
  });

  it('write nothing without values, and no metric in the place of a dimension', () => {
    expect(written()).toEqual([]);
    expect(written({ atMs: 7, dimensions: { service: 'web' }, values: [] })).toEqual([]);
    expect(
      written({ atMs: 7, dimensions: { service: 'web' }, values: [values('service', 1), values('_aws', 1)] }),
    ).toEqual([]);
  });

  it('begin another line after 100 values of a metric', () => {
    const many = Array.from({ length: 201 }, (_, index) => index);
    const lines = written({ atMs: 7, dimensions: {}, values: [values('a', ...many), values('b', 1)] });
    expect(lines.map((line) => (line as { a: number[] }).a.length)).toEqual([100, 100, 1]);
    expect(lines.map((line) => 'b' in (line as object))).toEqual([true, false, false]);
  });
});
