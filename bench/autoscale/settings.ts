/** The settings that are measured: one frozen point, and the front around it. */
import { AUTOSCALE_LIMITS } from '../../contract/autoscale-spec.ts';
import type { AutoscaleSpec } from '../../functions/core/model/autoscale.ts';

/** Work that one replica serves in a second (reference protocol). */
export const CAPACITY = 10;
export const LOOK_SECONDS = 15;
export const START_UPS = [10, 60] as const;

export interface Point {
  readonly targetPercent: number;
  readonly windowOutSeconds: number;
  readonly stabilizationInSeconds: number;
}

const { windowOut, stabilizationIn, cooldownOut, cooldownIn, tolerancePercent, replicasMax } =
  AUTOSCALE_LIMITS;

/**
 * Frozen: all defaults of the contract. The target is the highest of 60, 65, .. 85 % at which one of the development traces
 * is served in full at both start-ups.
 */
export const CHOSEN: Point = {
  targetPercent: 75,
  windowOutSeconds: windowOut.default / 1000,
  stabilizationInSeconds: stabilizationIn.default / 1000,
};

const TARGETS = [60, 65, 70, 75, 80, 85];

/** Each window with the default stabilization, then each other stabilization with the default window. */
export const FRONT: readonly Point[] = [
  ...[0, 30, 60, 120].map((windowOutSeconds) => ({ ...CHOSEN, windowOutSeconds })),
  ...[60, 120, 300].map((stabilizationInSeconds) => ({ ...CHOSEN, stabilizationInSeconds })),
].flatMap((point) => TARGETS.map((targetPercent) => ({ ...point, targetPercent })));

export const specAt = ({
  targetPercent,
  windowOutSeconds,
  stabilizationInSeconds,
}: Point): AutoscaleSpec => ({
  min: 1,
  max: replicasMax,
  targets: [{ kind: 'cpu', percent: targetPercent }],
  tolerancePercent,
  windowOutMs: windowOutSeconds * 1000,
  stabilizationInMs: stabilizationInSeconds * 1000,
  cooldownOutMs: cooldownOut.default,
  cooldownInMs: cooldownIn.default,
  stepOutMax: replicasMax,
  stepInMax: replicasMax,
  schedules: [],
});
