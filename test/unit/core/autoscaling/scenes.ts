/** A service under load, looked at each 15 s: what tests of the autoscaler drive. */
import {
  decideAutoscale,
  type AutoscaleDecision,
} from '../../../../functions/core/autoscaling/decide-autoscale.ts';
import {
  NOTHING_PROPOSED,
  type AutoscaleSpec,
  type ReplicaLoad,
} from '../../../../functions/core/model/autoscale.ts';
import { taskId } from '../../../../functions/core/model/ids.ts';
import { NOW } from '../../../support/builders.ts';

export const LOOK_MS = 15_000;

export const autoscale = (over: Partial<AutoscaleSpec> = {}): AutoscaleSpec => ({
  min: 1,
  max: 20,
  targets: [{ kind: 'cpu', percent: 60 }],
  tolerancePercent: 10,
  windowOutMs: 60_000,
  stabilizationInMs: 300_000,
  cooldownOutMs: 0,
  cooldownInMs: 0,
  stepOutMax: 1000,
  stepInMax: 1000,
  schedules: [],
  ...over,
});

/** One replica for each value; `null` tells nothing, `'starting'` never served. */
export const replicasOf = (...values: readonly (number | null | 'starting')[]): ReplicaLoad[] =>
  values.map((value, index) => ({
    task: taskId(`web-${index + 1}-aaaaaaaa`),
    isReady: value !== 'starting',
    usage: [value === 'starting' ? null : value],
    of: ['reservation'],
  }));

/** `count` replicas that share `total` percent. */
export const sharing = (total: number, count: number): ReplicaLoad[] =>
  replicasOf(...Array.from({ length: count }, () => total / count));

export interface Run {
  /** One look: the replicas may depend on how many are wanted. */
  look(replicas: ReplicaLoad[] | ((wanted: number) => ReplicaLoad[]), afterMs?: number): AutoscaleDecision;
  /** As many looks. */
  looks(count: number, replicas: ReplicaLoad[] | ((wanted: number) => ReplicaLoad[])): AutoscaleDecision[];
  bounds: { min: number; max: number } | null;
  readonly wanted: number;
  readonly nowMs: number;
}

export function run(spec: AutoscaleSpec, from: number, startMs = NOW): Run {
  let [wanted, memory, nowMs] = [from, NOTHING_PROPOSED, startMs - LOOK_MS];
  const scene: Run = {
    bounds: null,
    look(replicas, afterMs = LOOK_MS) {
      nowMs += afterMs;
      const loads = typeof replicas === 'function' ? replicas(wanted) : replicas;
      const current = { replicas: wanted, memory, bounds: scene.bounds };
      const decision = decideAutoscale(spec, loads, current, nowMs);
      // As the row is stored and read again.
      memory = JSON.parse(JSON.stringify(decision.memory)) as typeof memory;
      wanted = decision.replicas;
      return decision;
    },
    looks: (count, replicas) => Array.from({ length: count }, () => scene.look(replicas)),
    get wanted() {
      return wanted;
    },
    get nowMs() {
      return nowMs;
    },
  };
  return scene;
}
