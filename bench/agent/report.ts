/** What the resting agent took, as a table and as data. Pure but for the number of processors. */
import { availableParallelism } from 'node:os';
import { table } from '../../cli/output/table.ts';
import type { BenchResult } from '../lib/bench.ts';
import { summarize, type Summary } from '../lib/stats.ts';
import { PARTS, type Look, type Part } from './resting.ts';

/** Of the agent with 50 containers. */
export const AIMS = { residentBytes: 60_000_000, corePercent: 0.3 } as const;

/** One part between two looks. */
export interface Rest {
  readonly residentBytes: number;
  /** Percent of one processor. */
  readonly corePercent: number;
}

export interface RestCase {
  readonly containers: number;
  readonly part: Part;
  readonly processes: number;
  readonly residentBytes: Summary;
  readonly corePercent: Summary;
}

export function restBetween(before: Look, after: Look, ms: number): Rest {
  return {
    residentBytes: after.residentBytes,
    corePercent: ((after.usedMs - before.usedMs) / ms) * 100,
  };
}

export function restCase(
  containers: number,
  part: Part,
  processes: number,
  rests: readonly Rest[],
): RestCase {
  return {
    containers,
    part,
    processes,
    residentBytes: summarize(rests.map((each) => each.residentBytes)),
    corePercent: summarize(rests.map((each) => each.corePercent)),
  };
}

export interface Circumstances {
  /** Load average of the machine before it began. */
  readonly loadBefore: number;
  /** Length of one round. */
  readonly roundMs: number;
}

export function report(cases: readonly RestCase[], { loadBefore, roundMs }: Circumstances): BenchResult {
  const machine = { cpus: availableParallelism(), loadBefore };
  const heads = ['CONTAINERS', 'PART', 'PROCESSES', 'RESIDENT', 'RANGE', 'OF A CORE', 'RANGE'];
  const rows = cases.map((each) => [
    String(each.containers),
    each.part,
    String(each.processes),
    mb(each.residentBytes.median),
    `${mb(each.residentBytes.min)} .. ${mb(each.residentBytes.max)}`,
    percent(each.corePercent.median),
    `${percent(each.corePercent.min)} .. ${percent(each.corePercent.max)}`,
  ]);
  const rounds = cases[0]?.corePercent.rounds ?? 0;
  return {
    data: { machine, roundMs, aims: AIMS, parts: PARTS, cases, verdicts: verdicts(cases) },
    text: `${String(machine.cpus)} CPUs, load average ${loadBefore.toFixed(1)} before; medians of ${String(rounds)} rounds of ${String(roundMs / 1000)} s\n${table(heads, rows)}\n${verdicts(cases).join('\n')}\n`,
  };
}

/** The agent beside its aims, a sentence each. */
export function verdicts(cases: readonly RestCase[]): readonly string[] {
  return cases
    .filter(({ part }) => part === 'agent')
    .flatMap(({ containers, residentBytes, corePercent }) => [
      `${String(containers)} containers: ${mb(residentBytes.median)} resident, aim ${mb(AIMS.residentBytes)}: ${residentBytes.median <= AIMS.residentBytes ? 'met' : 'missed'}`,
      `${String(containers)} containers: ${percent(corePercent.median)} of a core, aim below ${percent(AIMS.corePercent)}: ${corePercent.median < AIMS.corePercent ? 'met' : 'missed'}`,
    ]);
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const percent = (value: number): string => `${value.toFixed(2)} %`;
