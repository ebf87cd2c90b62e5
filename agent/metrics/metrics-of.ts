/** Which numbers of a task's own are wanted, where they are asked for, and what is known of them: pure. */
import type { WantedMetric } from '../../contract/agent-protocol.ts';
import { runOf } from '../probes/task-health.ts';
import type { MeteredTask } from './meter.ts';
import type { Pushed } from './pushed.ts';
import type { ScrapeTarget } from './scrape.ts';

/** As `METRICS_MAX` and `METRIC_VALUE` of the contract. */
const METRICS_MAX = 4;
const VALUE = { least: 1e-9, most: 1e15 } as const;

type Asked = WantedMetric & { readonly source: { readonly kind: 'prometheus' } };
const isAsked = (metric: WantedMetric): metric is Asked => metric.source.kind === 'prometheus';

const wantedOf = ({ spec }: MeteredTask): readonly WantedMetric[] =>
  (spec.metrics ?? []).slice(0, METRICS_MAX);

/** One question for all that a run of a container tells at one place. */
export const metricKey = (
  { assignment, container }: MeteredTask,
  { source: { port, path } }: Asked,
): string => `${assignment.task} ${runOf(container)} ${port} ${path}`;

export function scrapesOf(tasks: readonly MeteredTask[]): Map<string, ScrapeTarget> {
  const targets = new Map<string, ScrapeTarget & { readonly names: string[] }>();
  for (const task of tasks) {
    const { address } = task.container;
    if (address === '') continue;
    for (const metric of wantedOf(task).filter(isAsked)) {
      const key = metricKey(task, metric);
      const { port, path } = metric.source;
      const target = targets.get(key) ?? { address, port, path, names: [] };
      target.names.push(metric.name);
      targets.set(key, target);
    }
  }
  return targets;
}

/** Undefined: none is known. */
export function metricsOf(
  task: MeteredTask,
  pushed: Pick<Pushed, 'value'>,
  scraped: (metric: Asked) => Readonly<Record<string, number>>,
): Record<string, number> | undefined {
  const known = wantedOf(task).flatMap((metric): [string, number][] => {
    const { name } = metric;
    const numbers = isAsked(metric) ? scraped(metric) : undefined;
    const value =
      numbers === undefined
        ? pushed.value(task.assignment.task, name)
        : Object.hasOwn(numbers, name)
          ? numbers[name]
          : undefined;
    return value === undefined || !Number.isFinite(value) ? [] : [[name, bounded(value)]];
  });
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** What the wire takes: nothing is further from a target than the most. */
function bounded(value: number): number {
  if (Math.abs(value) < VALUE.least) return 0;
  return Math.min(VALUE.most, Math.max(-VALUE.most, value));
}
