/** From what the replicas use to the number that would do: one answer for each target, of which the largest counts. */
import {
  REPLICAS_MAX,
  type AutoscaleSpec,
  type AutoscaleTarget,
  type ReplicaLoad,
} from '../model/autoscale.ts';
import { describeTarget } from './words.ts';

export interface Ask {
  readonly replicas: number;
  /** The target that asks for it, with its numbers. */
  readonly words: string;
}

type Rules = Pick<AutoscaleSpec, 'targets' | 'tolerancePercent'>;

/** `current` is the number that is wanted now, with those that are still on their way. */
export function propose(spec: Rules, replicas: readonly ReplicaLoad[], current: number): Ask {
  const ready = replicas.filter(({ isReady }) => isReady);
  const asks = spec.targets.map((target, index): Ask => {
    const known = ready.flatMap((replica) => replica.usage[index] ?? []);
    const bases = ready.map((replica) => replica.of?.[index] ?? null);
    const words = describeTarget(target, { known, ready: ready.length, bases });
    return { replicas: numberFor(valueOf(target), known, { ready: ready.length, current, spec }), words };
  });
  return asks.reduce((best, ask) => (ask.replicas > best.replicas ? ask : best));
}

const valueOf = (target: AutoscaleTarget): number =>
  target.kind === 'metric' ? target.value : target.percent;

/**
 * Replicas that bring the mean to the target; `current` within the tolerance, and when nothing is known.
 *
 * A ready replica that tells nothing counts as idle when more are considered and as at its target when fewer are, as
 * Kubernetes' HorizontalPodAutoscaler takes it. One that is not ready yet carries nothing but is on its way, so it is
 * not asked for twice, and does not make those that carry the load look idle.
 */
function numberFor(
  target: number,
  known: readonly number[],
  { ready, current, spec }: { readonly ready: number; readonly current: number; readonly spec: Rules },
): number {
  if (known.length === 0) return current;
  const tolerance = spec.tolerancePercent / 100;
  const forMore = sum(withoutOutlier(known)) / target;
  if (forMore > current * (1 + tolerance) + ROUNDING) return whole(forMore);
  const forFewer = sum(known) / target + ready - known.length;
  if (forFewer >= Math.min(current, ready) * (1 - tolerance)) return current;
  return Math.min(current, whole(forFewer));
}

/** One hot replica is no load that more replicas would share: of three or more it counts as the next hottest. */
function withoutOutlier(values: readonly number[]): readonly number[] {
  if (values.length < 3) return values;
  const [hottest = 0, next = 0] = [...values].sort((a, b) => b - a);
  return [...values.toSpliced(values.indexOf(hottest), 1), next];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** Sums of fractions are a hair off; and nothing is 0, never -0. */
const ROUNDING = 1e-9;
const whole = (replicas: number): number =>
  Math.max(0, Math.min(Math.ceil(replicas - ROUNDING), REPLICAS_MAX));
