/**
 * Bounds by hand, and taking them back. They are a fact on the service's scale row, which the tick writes too: a lost race
 * is read again. Reconcile follows them at once; the row is removed when nothing is left to say.
 */
import type { ServiceScaling } from '../../contract/scale-api.ts';
import { NOTHING_PROPOSED, type ManualBounds, type ServiceScale } from '../core/model/autoscale.ts';
import { serviceKey } from '../core/model/ids.ts';
import type { ServiceTarget } from '../core/rollout/targets.ts';
import { withScale } from '../core/rollout/targets.ts';
import { findService, scalingOf, type FindServiceDeps, type ServiceName } from './find-service.ts';
import { ConflictError, InvalidInputError } from './errors.ts';
import type { ScaleStore, Wakes } from './ports.ts';
import { recordDecisions, type DecisionDeps } from './record-decisions.ts';

export interface ScaleServiceDeps extends FindServiceDeps, DecisionDeps {
  readonly scales: ScaleStore;
  readonly wakes: Pick<Wakes, 'reconcile'>;
}

const ATTEMPTS_MAX = 5;

/** @throws NotFoundError, InvalidInputError for two numbers where nothing would choose between them */
export function setScale(
  deps: ScaleServiceDeps,
): (
  input: ServiceName & { readonly min: number; readonly max: number; readonly by: string },
) => Promise<ServiceScaling> {
  return async ({ min, max, by, ...name }) => {
    const target = await change(deps, name, ({ spec }) => {
      const isAutoscaled = spec.autoscale !== undefined;
      if (!isAutoscaled && min !== max) throw notAutoscaled(name, max);
      const atMs = deps.clock.nowMs();
      return { min, max, by, atMs, ...(isAutoscaled ? {} : { instead: spec.replicas }) };
    });
    const what = min === max ? `${max} replicas` : `${min} to ${max} replicas`;
    await tell(deps, name, 'scale-set', `${what}, set by ${by}`);
    return scalingOf(target, deps.clock.nowMs());
  };
}

/** What was not set is taken back all the same. */
export function resetScale(
  deps: ScaleServiceDeps,
): (input: ServiceName & { readonly by: string }) => Promise<ServiceScaling> {
  return async ({ by, ...name }) => {
    const target = await change(deps, name, () => null);
    await tell(deps, name, 'scale-reset', `what was set by hand is taken back by ${by}`);
    return scalingOf(target, deps.clock.nowMs());
  };
}

const notAutoscaled = ({ stack, service }: ServiceName, max: number): InvalidInputError =>
  new InvalidInputError(`${serviceKey(stack, service)} is not autoscaled`, [
    {
      path: 'min',
      message: 'nothing would choose a number between min and max',
      remedy: `give one number, such as ${max}, or write x-berth.autoscale at the service`,
    },
  ]);

async function change(
  deps: ScaleServiceDeps,
  { stack, service }: ServiceName,
  next: (target: ServiceTarget) => ManualBounds | null,
): Promise<ServiceTarget> {
  for (let attempt = 1; ; attempt += 1) {
    const target = await findService(deps, { stack, service });
    const before = target.scale ?? emptyScale(stack, service);
    const manual = next(target);
    if (manual === null && before.manual === null) return target;
    const scale: ServiceScale = { ...before, manual };
    try {
      await deps.scales.put(scale, before.version);
      return withScale(target, { ...scale, version: before.version + 1 }, deps.clock.nowMs());
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

const emptyScale = (stack: string, service: string): ServiceScale => ({
  stack,
  service,
  replicas: null,
  reason: '',
  memory: NOTHING_PROPOSED,
  held: null,
  manual: null,
  version: 0,
});

async function tell(
  deps: ScaleServiceDeps,
  { stack, service }: ServiceName,
  code: 'scale-set' | 'scale-reset',
  message: string,
): Promise<void> {
  await recordDecisions(deps, 'api', [
    { code, subject: serviceKey(stack, service), stack, message, audit: true },
  ]);
  await deps.wakes.reconcile('a service was scaled by hand');
}
