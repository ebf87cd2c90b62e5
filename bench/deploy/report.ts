/** What was measured, as tables and as data. Pure but for the number of processors. */
import { availableParallelism } from 'node:os';
import { table } from '../../cli/output/table.ts';
import type { BenchResult } from '../lib/bench.ts';
import type { Summary } from '../lib/stats.ts';
import { showMs, showRatio } from '../lib/stats.ts';
import type { Part, Work } from './timeline.ts';
import { PART_MEANS, WORKS } from './timeline.ts';

export interface Case {
  readonly replicas: number;
  readonly contender: string;
  readonly running: Summary;
  readonly known: Summary;
  /** Medians in milliseconds. */
  readonly parts: Readonly<Partial<Record<Part, number>>>;
  /** Medians. */
  readonly work: Readonly<Partial<Record<Work, number>>>;
}

/** @param loadBefore load average of the machine before it began */
export function report(cases: readonly Case[], loadBefore: number): BenchResult {
  const sizes = [...new Set(cases.map(({ replicas }) => replicas))];
  const of = (replicas: number, contender: string) =>
    cases.find((one) => one.replicas === replicas && one.contender === contender)!;
  const names = [...new Set(cases.map(({ contender }) => contender))];
  const rows = sizes.flatMap((replicas) =>
    names.map((name) => {
      const { running, known } = of(replicas, name);
      return [
        String(replicas),
        name,
        showMs(running.median),
        `${showMs(running.min)} .. ${showMs(running.max)}`,
        showRatio(running.median / of(replicas, 'Docker API').running.median),
        showRatio(running.median / of(replicas, 'Swarm').running.median),
        showMs(known.median),
      ];
    }),
  );
  const heads = ['REPLICAS', 'BY', 'ALL RUNNING', 'RANGE', 'OF DOCKER API', 'OF SWARM', 'KNOWN HEALTHY'];
  // What else ran is in the numbers too: a reader must know how much.
  const machine = { cpus: availableParallelism(), loadBefore };
  const data = {
    machine,
    cases,
    ratios: sizes.map((replicas) => ({
      replicas,
      ofDockerApi: of(replicas, 'Berth').running.median / of(replicas, 'Docker API').running.median,
      ofSwarm: of(replicas, 'Berth').running.median / of(replicas, 'Swarm').running.median,
    })),
  };
  return {
    data,
    text: `${machineLine(machine)}\n${table(heads, rows)}\nWhere the time of Berth goes (medians)\n${partsTable(cases)}\nWhat the control plane did meanwhile (medians)\n${workTable(cases)}`,
  };
}

const machineLine = ({ cpus, loadBefore }: { readonly cpus: number; readonly loadBefore: number }) =>
  `${String(cpus)} CPUs, load average ${loadBefore.toFixed(1)} before`;

function partsTable(cases: readonly Case[]): string {
  const ours = cases.filter(({ contender }) => contender === 'Berth');
  const heads = ['PART', ...ours.map(({ replicas }) => String(replicas)), 'FROM .. UNTIL'];
  const rows = (Object.keys(PART_MEANS) as Part[]).map((part) => [
    part,
    ...ours.map(({ parts }) => (parts[part] === undefined ? '-' : showMs(parts[part]))),
    PART_MEANS[part],
  ]);
  return table(heads, rows);
}

function workTable(cases: readonly Case[]): string {
  const ours = cases.filter(({ contender }) => contender === 'Berth');
  const heads = ['WHAT', ...ours.map(({ replicas }) => String(replicas))];
  return table(
    heads,
    WORKS.map((what) => [what, ...ours.map(({ work }) => String(work[what] ?? '-'))]),
  );
}
