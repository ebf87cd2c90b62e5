/** What the replays gave, as tables and as data. Pure. */
import { table } from '../../cli/output/table.ts';
import type { BenchResult } from '../lib/bench.ts';
import type { Measured } from './measure.ts';
import { CHOSEN, type Point } from './settings.ts';
import type { TraceName } from './traces.ts';

export const AIM_RATIO = 1.25;

export type Part = 'development' | 'held out';

/** The model beside figures that were computed from the same traces by an independent program. */
export interface Check {
  readonly trace: TraceName;
  readonly startUpSeconds: number;
  readonly known: number;
  readonly hpa: Measured;
}

export interface Case {
  readonly trace: TraceName;
  readonly part: Part;
  readonly startUpSeconds: number;
  readonly berth: Measured;
  readonly hpa: Measured;
}

export interface FrontCase {
  readonly point: Point;
  readonly trace: TraceName;
  readonly startUpSeconds: number;
  readonly berth: Measured;
}

export interface Results {
  readonly checks: readonly Check[];
  readonly cases: readonly Case[];
  /** On the development traces, by which the point was chosen. */
  readonly front: readonly FrontCase[];
}

export function report(results: Results): BenchResult {
  return {
    data: { aimRatio: AIM_RATIO, chosen: CHOSEN, ...results, verdicts: verdicts(results.cases) },
    text: [
      'The HPA model (target 70 %) beside the known figures, whole traces',
      checkTable(results.checks),
      `Berth's decision with its defaults and a target of ${String(CHOSEN.targetPercent)} %, beside the HPA model: replica-seconds over the oracle's / unserved load`,
      caseTable(results.cases),
      'The front on the development traces; > marks the point that was chosen',
      frontTable(results.front),
      ...verdicts(results.cases),
      '',
    ].join('\n'),
  };
}

export const isMet = ({ berth, hpa }: Case): boolean =>
  berth.ratio <= AIM_RATIO && berth.unservedPercent <= hpa.unservedPercent;

export function verdicts(cases: readonly Case[]): readonly string[] {
  const aim = `at most ${String(AIM_RATIO)}x at no more unserved load than the HPA`;
  return (['development', 'held out'] as const).map((part) => {
    const its = cases.filter((each) => each.part === part);
    return `${part}: aim (${aim}) met in ${String(its.filter(isMet).length)} of ${String(its.length)} runs`;
  });
}

const checkTable = (checks: readonly Check[]): string =>
  table(
    ['TRACE', 'START-UP', 'KNOWN', 'THIS MODEL', 'UNSERVED', ''],
    checks.map(({ trace, startUpSeconds, known, hpa }) => [
      trace,
      `${String(startUpSeconds)} s`,
      `${known.toFixed(3)}x`,
      `${hpa.ratio.toFixed(3)}x`,
      percent(hpa.unservedPercent),
      hpa.ratio.toFixed(3) === known.toFixed(3) ? 'equal' : 'DIFFERENT',
    ]),
  );

const caseTable = (cases: readonly Case[]): string =>
  table(
    ['TRACE', 'PART', 'START-UP', 'BERTH', 'CHANGES', 'HPA', 'CHANGES', 'AIM'],
    cases.map((each) => [
      each.trace,
      each.part,
      `${String(each.startUpSeconds)} s`,
      showMeasured(each.berth),
      String(each.berth.changes),
      showMeasured(each.hpa),
      String(each.hpa.changes),
      isMet(each) ? 'met' : 'missed',
    ]),
  );

function frontTable(front: readonly FrontCase[]): string {
  const columns = [...new Set(front.map(columnOf))];
  const points = [...new Map(front.map((each) => [keyOf(each.point), each.point])).values()];
  return table(
    ['', 'WINDOW', 'STABILIZATION', 'TARGET', ...columns],
    points.map((point) => [
      keyOf(point) === keyOf(CHOSEN) ? '>' : '',
      `${String(point.windowOutSeconds)} s`,
      `${String(point.stabilizationInSeconds)} s`,
      `${String(point.targetPercent)} %`,
      ...columns.map((column) => {
        const each = front.find((one) => keyOf(one.point) === keyOf(point) && columnOf(one) === column);
        return each ? showMeasured(each.berth) : '';
      }),
    ]),
  );
}

const columnOf = ({ trace, startUpSeconds }: FrontCase): string => `${trace} ${String(startUpSeconds)} s`;
const keyOf = (point: Point): string =>
  [point.targetPercent, point.windowOutSeconds, point.stabilizationInSeconds].join('/');
const percent = (value: number): string => `${value.toFixed(3)} %`;
const showMeasured = ({ ratio, unservedPercent }: Measured): string =>
  `${ratio.toFixed(3)}x / ${percent(unservedPercent)}`;
