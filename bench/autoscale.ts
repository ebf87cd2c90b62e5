/**
 * How many replicas the autoscaler runs under recorded loads, and what goes unserved: the production function beside a
 * model of Kubernetes' HPA, over the oracle that always has just enough.
 *
 * Model: a replica serves 10 units a second and starts in 10 or 60 s; a look each 15 s sees the mean of the 15 s before
 * it and nothing later; load beyond the ready replicas is unserved and lost; replicas cost from their order on. Nothing
 * is measured in real time: the same traces give the same figures on every machine. Defaults were chosen on the
 * development traces; the other two are held out.
 */
import { measureBerth, measureHpa } from './autoscale/measure.ts';
import { report, type Results } from './autoscale/report.ts';
import { CHOSEN, FRONT, START_UPS } from './autoscale/settings.ts';
import { dataFolder, DEVELOPMENT, readTrace, TRACES, type TraceName } from './autoscale/traces.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';

/** The HPA's replica-seconds over the oracle's with start-ups of 10 and 60 s, from a program that is not ours. */
const KNOWN: Readonly<Record<TraceName, readonly [number, number]>> = {
  diurnal: [1.469, 1.488],
  'diurnal-2': [1.547, 1.551],
  noisy: [1.612, 1.612],
  bursty: [1.68, 1.711],
};

const autoscale: Bench = {
  name: 'autoscale',
  summary: 'replica-seconds and unserved load of four recorded traces, beside a model of Kubernetes’ HPA',
  run: (options) => Promise.resolve(report(resultsOf(options))),
};
export default autoscale;

function resultsOf({ note }: BenchOptions): Results {
  const folder = dataFolder(process.env['BERTH_BENCH_DATA']);
  const loads = new Map(TRACES.map((trace) => [trace, readTrace(folder, trace)]));
  note(`four traces of ${folder}`);
  const each = <T>(make: (trace: TraceName, startUpSeconds: number, load: readonly number[]) => T[]): T[] =>
    [...loads].flatMap(([trace, load]) => START_UPS.flatMap((startUp) => make(trace, startUp, load)));
  return {
    checks: each((trace, startUpSeconds, load) => [
      {
        trace,
        startUpSeconds,
        known: KNOWN[trace][START_UPS.findIndex((one) => one === startUpSeconds)] ?? NaN,
        hpa: measureHpa({ load, startUpSeconds }),
      },
    ]),
    cases: each((trace, startUpSeconds, load) => [
      {
        trace,
        part: DEVELOPMENT.includes(trace) ? 'development' : 'held out',
        startUpSeconds,
        berth: measureBerth({ load, startUpSeconds }, CHOSEN),
        hpa: measureHpa({ load, startUpSeconds }),
      },
    ]),
    front: FRONT.flatMap((point) =>
      each((trace, startUpSeconds, load) =>
        DEVELOPMENT.includes(trace)
          ? [{ point, trace, startUpSeconds, berth: measureBerth({ load, startUpSeconds }, point) }]
          : [],
      ),
    ),
  };
}
