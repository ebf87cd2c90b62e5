/** What the planner did, as tables and as data. Pure but for the number of processors. */
import { availableParallelism } from 'node:os';
import { table } from '../../cli/output/table.ts';
import type { BenchResult } from '../lib/bench.ts';
import { showMs, type Summary } from '../lib/stats.ts';
import type { Decisions } from './decisions.ts';
import type { PreemptionCase } from './preemption.ts';

/** Placements a second, by hosts. */
export const AIMS: ReadonlyMap<number, number> = new Map([
  [1000, 50_000],
  [10_000, 20_000],
]);

export interface PlacementCase {
  readonly hosts: number;
  /** Tasks that are there already. */
  readonly running: number;
  readonly tasks: number;
  readonly placed: number;
  /** By processor time: other programs on the machine do not slow it. */
  readonly perSecond: Summary;
  readonly perSecondByClock: Summary;
  readonly decisions: Decisions;
}

export interface Checked {
  readonly hosts: number;
  readonly placements: number;
  readonly unplaced: number;
  readonly differences: number;
  readonly naivePerSecond: number;
}

/** `checked`: null when the size that is checked was not among those asked for. */
export function report(
  cases: readonly PlacementCase[],
  preemption: readonly PreemptionCase[],
  checked: Checked | null,
  loadBefore: number,
): BenchResult {
  const machine = { cpus: availableParallelism(), node: process.version, loadBefore };
  const rows = cases.map((one) => [
    round(one.hosts),
    round(one.running),
    round(one.tasks),
    round(one.placed),
    round(one.perSecond.median),
    `${round(one.perSecond.min)} .. ${round(one.perSecond.max)}`,
    round(one.perSecondByClock.median),
    aim(one),
    `${round(one.decisions.p50Us)} us`,
    `${round(one.decisions.p99Us)} us`,
  ]);
  const heads = [
    'HOSTS',
    'RUNNING',
    'TASKS',
    'PLACED',
    'A CPU-SECOND',
    'RANGE',
    'A SECOND',
    'AIM',
    'ONE: P50',
    'P99',
  ];
  const text = `${String(machine.cpus)} CPUs, Node ${machine.node}, load average before ${loadBefore.toFixed(1)}

${table(heads, rows)}${preemptionWords(preemption)}${checked === null ? '' : `\n${checkedWords(cases, checked)}`}`;
  return { data: { machine, cases, preemption, checked }, text };
}

function preemptionWords(cases: readonly PreemptionCase[]): string {
  if (cases.length === 0) return '';
  const rows = cases.map((one) => [
    round(one.hosts),
    `${round(one.fullPercent)} %`,
    round(one.tasks),
    round(one.unplaced),
    `${round(one.rooms)} (${round(one.victims)})`,
    showMs(one.withoutMs.median),
    showMs(one.withMs.median),
    showMs(one.findingMs.median),
  ]);
  const heads = [
    'HOSTS',
    'FULL',
    'TASKS',
    'FIT NOWHERE',
    'ROOMS (VICTIMS)',
    'WITHOUT',
    'WITH',
    'OF THAT: WHO',
  ];
  return `\nPreemption, processor time of a plan:\n\n${table(heads, rows)}`;
}

function checkedWords(cases: readonly PlacementCase[], checked: Checked): string {
  const same = cases.find(({ hosts }) => hosts === checked.hosts);
  const ratio =
    same === undefined ? '' : `, ${round(same.perSecond.median / checked.naivePerSecond)} times fewer`;
  return `A naive planner on ${round(checked.hosts)} hosts: ${round(checked.naivePerSecond)} placements a CPU-second${ratio}.
Checked against it: ${round(checked.placements)} placements (${round(checked.unplaced)} of them fit nowhere), ${round(checked.differences)} differences.
`;
}

const round = (value: number): string => Math.round(value).toLocaleString('en-US');

function aim({ hosts, perSecond }: PlacementCase): string {
  const wanted = AIMS.get(hosts);
  if (wanted === undefined) return '-';
  return `${round(wanted)}: ${perSecond.median >= wanted ? 'met' : 'missed'}`;
}
