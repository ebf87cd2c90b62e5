/** What was measured, as tables and as data. Pure but for the number of processors. */
import { availableParallelism } from 'node:os';
import { table } from '../../cli/output/table.ts';
import type { BenchResult } from '../lib/bench.ts';
import type { Summary } from '../lib/stats.ts';
import { showMs, showRatio } from '../lib/stats.ts';
import type { User } from './processors.ts';
import { USERS } from './processors.ts';
import type { Part, Work } from './timeline.ts';
import { PART_MEANS, WORKS } from './timeline.ts';

export interface Case {
  readonly replicas: number;
  readonly contender: string;
  readonly running: Summary;
  readonly known: Summary;
  /** `running` less the wait until the agent asked for its manifest; only Berth has one. */
  readonly withoutPoll: Summary;
  /** Medians in milliseconds. */
  readonly parts: Readonly<Partial<Record<Part, number>>>;
  /** Medians. */
  readonly work: Readonly<Partial<Record<Work, number>>>;
  /** Medians: milliseconds of a processor until all ran. */
  readonly used: Readonly<Partial<Record<User, number>>>;
}

/** @param loadBefore load average of the machine before it began */
export function report(cases: readonly Case[], loadBefore: number): BenchResult {
  const sizes = [...new Set(cases.map(({ replicas }) => replicas))];
  const of = (replicas: number, contender: string) =>
    cases.find((one) => one.replicas === replicas && one.contender === contender)!;
  const names = [...new Set(cases.map(({ contender }) => contender))];
  const row = (replicas: number, name: string, running: Summary, known: string): string[] => [
    String(replicas),
    name,
    showMs(running.median),
    `${showMs(running.min)} .. ${showMs(running.max)}`,
    showRatio(running.median / of(replicas, 'Docker API').running.median),
    showRatio(running.median / of(replicas, 'Swarm').running.median),
    known,
  ];
  const rows = sizes.flatMap((replicas) =>
    names.flatMap((name) => {
      const { running, known, withoutPoll } = of(replicas, name);
      return [
        row(replicas, name, running, showMs(known.median)),
        ...(name === 'Berth' ? [row(replicas, '  less its poll', withoutPoll, '-')] : []),
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
      ofDockerApiWithoutPoll:
        of(replicas, 'Berth').withoutPoll.median / of(replicas, 'Docker API').running.median,
    })),
  };
  return {
    data,
    text: `${machineLine(machine)}\n${table(heads, rows)}\nWhere the time of Berth goes (medians)\n${partsTable(cases)}\nWhat the control plane did meanwhile (medians)\n${workTable(cases)}\nProcessor time until all ran (medians; ${String(machine.cpus)} processors)\n${usedTable(cases)}`,
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

/** Every contender: Docker's own work is the same for all, what comes on top is not. */
function usedTable(cases: readonly Case[]): string {
  const rows = cases.map(({ replicas, contender, used }) => [
    String(replicas),
    contender,
    ...USERS.map((who) => showMs(used[who] ?? 0)),
  ]);
  return table(['REPLICAS', 'BY', ...USERS], rows);
}
