/**
 * How many replicas a service shall have: by its document, by hand, or by its autoscaler.
 *
 * The autoscaler's number outlives deploys; bounds hold at once, whoever set them. What was set by hand for a service
 * without autoscaling holds until its document says another number than the one that it took the place of.
 */
import type { ManualBounds, ServiceScale } from '../model/autoscale.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { boundsAt, type Bounds } from './bounds.ts';

export interface WantedReplicas {
  readonly replicas: number;
  readonly by: 'document' | 'hand' | 'autoscaler';
  /** Null: nothing but the document or the hand that set it changes the number. */
  readonly bounds: Bounds | null;
}

type Spec = Pick<ServiceSpec, 'replicas' | 'autoscale'>;

export function wantedReplicas(spec: Spec, scale: ServiceScale | null, nowMs: number): WantedReplicas {
  const manual = manualOf(spec, scale);
  if (spec.autoscale === undefined) {
    return manual === null
      ? { replicas: spec.replicas, by: 'document', bounds: null }
      : { replicas: manual.max, by: 'hand', bounds: null };
  }
  const bounds = boundsAt(spec.autoscale, manual, nowMs);
  const replicas = Math.min(bounds.max, Math.max(bounds.min, scale?.replicas ?? spec.replicas));
  return { replicas, by: 'autoscaler', bounds };
}

/** What was set by hand and still holds. */
export function manualOf(spec: Spec, scale: ServiceScale | null): ManualBounds | null {
  const manual = scale?.manual ?? null;
  const holds =
    spec.autoscale === undefined ? manual?.instead === spec.replicas : manual?.instead === undefined;
  return holds ? manual : null;
}

/** Whether its row still says something. */
export const isScaleNeeded = (spec: Spec, scale: ServiceScale): boolean =>
  spec.autoscale !== undefined || manualOf(spec, scale) !== null;
