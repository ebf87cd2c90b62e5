/**
 * CloudWatch's Embedded Metric Format: a line on standard output that CloudWatch Logs turns into metrics, so that nothing
 * waits for CloudWatch and no permission is needed. The line goes around Lambda's own `console`, which would wrap it.
 *
 * Format: "Specification: Embedded metric format" in CloudWatch's user guide; a metric has at most 100 values a line, and
 * a line at most 100 metrics.
 */
export interface MetricPoint {
  readonly atMs: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: readonly MetricValues[];
}

export interface MetricValues {
  readonly name: string;
  readonly unit: 'None' | 'Bytes' | 'Percent';
  readonly values: readonly number[];
}

const NAMESPACE = 'Berth';
const VALUES_MAX = 100;
const METRICS_MAX = 100;

export function embeddedMetrics(
  common: Readonly<Record<string, string>>,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): { publish(points: readonly MetricPoint[]): void } {
  return {
    publish: (points) => {
      for (const point of points)
        for (const line of linesOf(point, common)) write(`${JSON.stringify(line)}\n`);
    },
  };
}

function linesOf(
  { atMs, dimensions, values }: MetricPoint,
  common: Readonly<Record<string, string>>,
): object[] {
  const all = { ...common, ...dimensions };
  // A metric may not be named as a dimension is: both are members of the line.
  const given = values
    .filter(({ name }) => name !== '_aws' && !Object.hasOwn(all, name))
    .slice(0, METRICS_MAX);
  const longest = Math.max(0, ...given.map((each) => each.values.length));
  return Array.from({ length: Math.ceil(longest / VALUES_MAX) }, (_, index) => {
    const part = given
      .map((each) => ({ ...each, values: each.values.slice(index * VALUES_MAX, (index + 1) * VALUES_MAX) }))
      .filter((each) => each.values.length > 0);
    const metrics = part.map(({ name, unit }) => ({ Name: name, Unit: unit }));
    const directive = { Namespace: NAMESPACE, Dimensions: [Object.keys(all)], Metrics: metrics };
    return {
      _aws: { Timestamp: atMs, CloudWatchMetrics: [directive] },
      ...all,
      ...Object.fromEntries(part.map((each) => [each.name, each.values])),
    };
  });
}
