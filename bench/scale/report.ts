/** What was measured over all sizes: one row a figure, one column a size, how each grows, and what is over its bound. */
import { availableParallelism } from 'node:os';
import { table } from '../../cli/output/table.ts';
import type { BenchResult } from '../lib/bench.ts';
import { median, showMs } from '../lib/stats.ts';
import { boundsOf } from './bounds.ts';
import { PASSES, type AtRest, type Change, type Fill, type Passes } from './phases.ts';
import { HOURS_A_MONTH, priceOf } from './prices.ts';
import { growth, LINEAR, worseThanLinear, type Series } from './series.ts';
import { leastSeconds, type Cost } from './stopwatch.ts';

export interface SizeResult {
  readonly hosts: number;
  readonly fill: Fill;
  readonly atRest: AtRest;
  /** One a round. */
  readonly resting: readonly Passes[];
  readonly changes: readonly Change[];
  readonly zoneSets: number;
}

type Of = (one: SizeResult) => number;
type Row = readonly [name: string, of: Of, show?: (value: number) => string, kind?: Series['kind']];

const count = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value % 1 === 0 ? 0 : 1);
const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`;
const dollars = (value: number): string => `$${value.toFixed(value < 1 ? 4 : 2)}`;

export function report(results: readonly SizeResult[], rounds: number, loadBefore: number): BenchResult {
  const sizes = results.map(({ hosts }) => hosts);
  const machine = { cpus: availableParallelism(), node: process.version, loadBefore, rounds };
  const sections = SECTIONS.map(([title, rows]) => ({
    title,
    series: rows.map((row) => seriesOf(row, results)),
  }));
  const callSection = { title: 'Calls of AWS in an hour at rest', series: callSeries(results) };
  const all = [...sections, callSection];
  const bounds = boundsOf(results);
  const worse = worseThanLinear(
    sizes,
    all.flatMap(({ series }) => series),
  );
  const text = [
    `${String(machine.cpus)} CPUs, Node ${machine.node}, load average before ${loadBefore.toFixed(1)}; medians of ${String(rounds)} rounds; time spent in the stand-ins for AWS is left out`,
    ...all.map(({ title, series }) => `${title}\n\n${tableOf(sizes, series)}`),
    `Bounds\n\n${table(['BOUND', ...sizes.map(hosts)], bounds.rows)}`,
    verdict(sizes, worse, bounds.over),
  ].join('\n\n');
  const data = { machine, sizes, series: plain(all), bounds: bounds.rows, over: bounds.over };
  return { data: { ...data, worseThanLinear: worse.map(({ name }) => name) }, text: `${text}\n` };
}

const hosts = (size: number): string => `${size.toLocaleString('en-US')} HOSTS`;

const plain = (sections: readonly { title: string; series: readonly Series[] }[]): object[] =>
  sections.map(({ title, series }) => ({
    title,
    rows: series.map(({ name, values }) => ({ name, values })),
  }));

function tableOf(sizes: readonly number[], series: readonly Series[]): string {
  const heads = [
    '',
    ...sizes.map(hosts),
    ...sizes.slice(1).map((size) => `X10, TO ${size.toLocaleString('en-US')}`),
  ];
  const rows = series.map(({ name, values, show }) => [
    name,
    ...values.map(show),
    ...growth(sizes, values).map((ratio) => (ratio === null ? '-' : `${ratio.toFixed(1)}x`)),
  ]);
  return table(heads, rows);
}

function verdict(sizes: readonly number[], worse: readonly Series[], over: readonly string[]): string {
  const grew = worse.map(({ name, values }) => {
    const ratio = growth(sizes, values).at(-1) ?? 0;
    return `- ${name}: ${ratio.toFixed(1)} times as much for ten times as many hosts (in proportion would be ${LINEAR})`;
  });
  const lines = [
    grew.length === 0 ? 'Nothing grows worse than in proportion to the hosts.' : 'WORSE THAN LINEAR:',
    ...grew,
    over.length === 0 ? 'Everything is within its bound.' : 'OVER ITS BOUND:',
    ...over.map((line) => `- ${line}`),
  ];
  return lines.join('\n');
}

const seriesOf = ([name, of, show = count, kind = 'cost']: Row, results: readonly SizeResult[]): Series => ({
  name,
  values: results.map(of),
  show,
  kind,
});

export const middle = (costs: readonly Cost[], of: (cost: Cost) => number): number => median(costs.map(of));

const passRows = (state: string, costs: (one: SizeResult) => readonly Passes[]): Row[] =>
  PASSES.flatMap((pass): Row[] => {
    const own =
      (of: (cost: Cost) => number): Of =>
      (one) =>
        middle(
          costs(one).map((all) => all[pass]),
          of,
        );
    return [
      [`${pass} ${state}: processor`, own(({ cpuMs }) => cpuMs), showMs],
      [`${pass} ${state}: clock`, own(({ ms }) => ms), showMs, 'clock'],
      [`${pass} ${state}: read units`, own(({ reads }) => reads)],
      [`${pass} ${state}: write units`, own(({ writes }) => writes)],
      [`${pass} ${state}: answers awaited`, own(({ rounds }) => rounds)],
    ];
  });

const SECTIONS: readonly (readonly [title: string, rows: readonly Row[]])[] = [
  [
    'One deploy that fills the cluster, 20 replicas a host',
    [
      ['PUTs accepted: processor', ({ fill }) => fill.accepted.cpuMs, showMs],
      ['accepted to durable: processor', ({ fill }) => fill.durable.cpuMs, showMs],
      ['accepted to durable: clock', ({ fill }) => fill.durable.ms, showMs, 'clock'],
      ['durable placements a second', ({ fill }) => fill.replicas / (fill.durable.ms / 1000), count, 'rate'],
      [
        'durable placements a CPU-second',
        ({ fill }) => fill.replicas / (fill.durable.cpuMs / 1000),
        count,
        'rate',
      ],
      ['passes until all are placed', ({ fill }) => fill.passes],
      ['answers awaited', ({ fill }) => fill.durable.rounds],
      ['write units', ({ fill }) => fill.durable.writes],
      ['least seconds of its hottest partition', ({ fill }) => leastSeconds(fill.durable.hottest), seconds],
      ['until all are in DNS: runs of reconcile', ({ fill }) => fill.loops.reconcile.runs],
      ['until all are in DNS: runs of register', ({ fill }) => fill.loops.register.runs],
      [
        'until all are in DNS: calls of Route 53',
        ({ fill }) => callsTo('Route 53', fill.loops.register.cost),
      ],
      ['record sets in the zone', ({ zoneSets }) => zoneSets],
    ],
  ],
  ['A pass at rest', passRows('at rest', ({ resting }) => resting)],
  [
    'A pass with one change: a service of 20 replicas',
    [
      ...passRows('of a change', ({ changes }) => changes.map(({ passes }) => passes)),
      [
        'the whole change: read units',
        ({ changes }) =>
          middle(
            changes.map(({ whole }) => whole),
            ({ reads }) => reads,
          ),
      ],
      [
        'the whole change: write units',
        ({ changes }) =>
          middle(
            changes.map(({ whole }) => whole),
            ({ writes }) => writes,
          ),
      ],
    ],
  ],
  [
    'An agent',
    [
      ['beat: read units', ({ atRest }) => atRest.beat.reads],
      ['beat: write units', ({ atRest }) => atRest.beat.writes],
      ['poll: read units', ({ atRest }) => atRest.poll.reads],
      ['manifest and report: read units', ({ fill, hosts: all }) => fill.agents.reads / all],
      ['manifest and report: write units', ({ fill, hosts: all }) => fill.agents.writes / all],
    ],
  ],
  [
    'An hour at rest',
    [
      ['read units', ({ atRest }) => atRest.hour.reads],
      ['write units', ({ atRest }) => atRest.hour.writes],
      ['their price', ({ atRest }) => priceOf(atRest.hour), dollars],
      ['their price in a month', ({ atRest }) => HOURS_A_MONTH * priceOf(atRest.hour), dollars],
    ],
  ],
];

export const callsTo = (service: string, { calls }: Pick<Cost, 'calls'>): number =>
  Object.entries(calls)
    .filter(([name]) => name.startsWith(`${service} `))
    .reduce((total, [, value]) => total + value, 0);

function callSeries(results: readonly SizeResult[]): Series[] {
  const names = new Set(results.flatMap(({ atRest }) => Object.keys(atRest.hour.calls)));
  return [...names]
    .sort()
    .map((name) => seriesOf([name, ({ atRest }) => atRest.hour.calls[name] ?? 0], results));
}
