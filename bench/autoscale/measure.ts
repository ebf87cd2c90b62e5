/** One trace replayed under one controller: what it cost over the oracle, and what was not served. Pure. */
import { decideAutoscale } from '../../functions/core/autoscaling/decide-autoscale.ts';
import { NOTHING_PROPOSED } from '../../functions/core/model/autoscale.ts';
import { replay, type Decide, type Totals } from '../../functions/core/simulation/replay.ts';
import { HPA, hpa } from './hpa.ts';
import { CAPACITY, LOOK_SECONDS, specAt, type Point } from './settings.ts';

export interface Measured {
  /** Replica-seconds over those of one replica for each 10 units of load, in every second. */
  readonly ratio: number;
  readonly unservedPercent: number;
  readonly changes: number;
}

interface Circumstances {
  readonly load: readonly number[];
  readonly startUpSeconds: number;
}

export const measureHpa = (on: Circumstances): Measured => run(on, HPA.targetPercent, hpa, []);

export function measureBerth(on: Circumstances, point: Point): Measured {
  const spec = specAt(point);
  return run(
    on,
    point.targetPercent,
    (replicas, current, nowMs) => decideAutoscale(spec, replicas, { ...current, bounds: null }, nowMs),
    NOTHING_PROPOSED,
  );
}

/** Begins with as many ready replicas as the target wants for the first second. */
function run<Memory>(
  { load, startUpSeconds }: Circumstances,
  targetPercent: number,
  decide: Decide<Memory>,
  memory: Memory,
): Measured {
  const { totals } = replay<Memory>({
    load,
    capacity: CAPACITY,
    startUpSeconds,
    lookSeconds: LOOK_SECONDS,
    startMs: 0,
    replicas: Math.ceil((load[0] ?? 0) / ((CAPACITY * targetPercent) / 100)),
    decide,
    memory,
    usageOf: (perReplica) => [(perReplica / CAPACITY) * 100],
    ground: null,
  });
  return measuredOf(totals);
}

const measuredOf = (totals: Totals): Measured => ({
  ratio: totals.replicaSeconds / totals.oracleSeconds,
  unservedPercent: (totals.unserved / totals.load) * 100,
  changes: totals.changes,
});
