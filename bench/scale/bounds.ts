/** What AWS and our own functions allow, beside what was seen: whether it is within. */
import { FUNCTION_TIMEOUT_SECONDS, QUOTAS, ZONE_SETS_MAX } from './prices.ts';
import { PASSES } from './phases.ts';
import { callsTo, middle, type SizeResult } from './report.ts';
import { leastSeconds, PARTITION, type Cost } from './stopwatch.ts';

interface Bound {
  readonly name: string;
  readonly bound: number;
  readonly of: (one: SizeResult) => number;
  readonly show: (value: number) => string;
}

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const rate = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)}/s`;
const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The longest of a pass's states, and what DynamoDB's partitions would make of it at the least. */
const longest = (one: SizeResult, pass: (typeof PASSES)[number], of: (cost: Cost) => number): number => {
  const states = [one.resting.map((all) => all[pass]), one.changes.map(({ passes }) => passes[pass])];
  return Math.max(...states.map((costs) => middle(costs, of)));
};

const perSecond = (service: string, one: SizeResult): number => callsTo(service, one.atRest.hour) / 3600;

const BOUNDS: readonly Bound[] = [
  ...PASSES.map((pass): Bound => ({
    name: `${pass}: processor, of the function's ${FUNCTION_TIMEOUT_SECONDS} s`,
    bound: FUNCTION_TIMEOUT_SECONDS,
    of: (one) => longest(one, pass, ({ cpuMs }) => cpuMs / 1000),
    show: seconds,
  })),
  {
    name: `the pass that fills the cluster: processor, of ${FUNCTION_TIMEOUT_SECONDS} s`,
    bound: FUNCTION_TIMEOUT_SECONDS,
    of: ({ fill }) => fill.durable.cpuMs / 1000 / fill.passes,
    show: seconds,
  },
  {
    name: `the same: at ${whole(PARTITION.writes)} writes/s of its hottest partition`,
    bound: FUNCTION_TIMEOUT_SECONDS,
    of: ({ fill }) => leastSeconds(fill.durable.hottest),
    show: seconds,
  },
  {
    name: `one reading of all rows: at ${whole(PARTITION.reads)} reads/s of its hottest partition, of a tick's 15 s`,
    bound: 15,
    of: (one) => longest(one, 'tick', ({ hottest }) => leastSeconds(hottest)),
    show: seconds,
  },
  {
    name: `all reads at rest, of one partition's ${whole(PARTITION.reads)}/s`,
    bound: PARTITION.reads,
    of: ({ atRest }) => atRest.hour.reads / 3600,
    show: rate,
  },
  ...QUOTAS.map((quota): Bound => ({
    name: `${quota.service} at rest, of ${whole(quota.perSecond)}/s`,
    bound: quota.perSecond,
    of: (one) => perSecond(quota.service, one),
    show: rate,
  })),
  {
    name: `record sets, of the zone's ${whole(ZONE_SETS_MAX)}`,
    bound: ZONE_SETS_MAX,
    of: ({ zoneSets }) => zoneSets,
    show: whole,
  },
];

export interface Bounds {
  readonly rows: readonly (readonly string[])[];
  /** In words, what is not within. */
  readonly over: readonly string[];
}

export function boundsOf(results: readonly SizeResult[]): Bounds {
  const rows = BOUNDS.map(({ name, bound, of, show }) => [
    name,
    ...results.map((one) => `${show(of(one))} ${of(one) > bound ? 'OVER' : 'within'}`),
  ]);
  const over = results.flatMap((one) =>
    BOUNDS.filter(({ bound, of }) => of(one) > bound).map(
      ({ name, of, show }) => `${whole(one.hosts)} hosts: ${name}: ${show(of(one))}`,
    ),
  );
  return { rows, over };
}
