/** One service of the wanted revision of its stack, with what was scaled since. */
import type { ServiceScaling } from '../../contract/scale-api.ts';
import { manualOf } from '../core/autoscaling/wanted-replicas.ts';
import { boundsAt } from '../core/autoscaling/bounds.ts';
import { withScale, type ServiceTarget } from '../core/rollout/targets.ts';
import { NotFoundError } from './errors.ts';
import { toRevision } from './load-snapshot.ts';
import type { Clock, ScaleStore, StackStore } from './ports.ts';

export interface ServiceName {
  readonly stack: string;
  readonly service: string;
}

export interface FindServiceDeps {
  readonly stacks: Pick<StackStore, 'get' | 'getRevision'>;
  readonly scales: Pick<ScaleStore, 'get'>;
  readonly clock: Clock;
}

/** @throws NotFoundError when there is no such stack, or no such service in it */
export async function findService(
  deps: FindServiceDeps,
  { stack, service }: ServiceName,
): Promise<ServiceTarget> {
  const head = await deps.stacks.get(stack);
  if (head?.wanted !== 'present') throw new NotFoundError(`there is no stack ${stack}`);
  const [stored, scale] = await Promise.all([
    deps.stacks.getRevision(stack, head.revision),
    deps.scales.get(stack, service),
  ]);
  const services = stored === null ? {} : toRevision(stored).services;
  const found = Object.hasOwn(services, service) ? services[service] : undefined;
  if (found === undefined) {
    const names = Object.keys(services).join(', ');
    throw new NotFoundError(`there is no service ${service} in ${stack}; it has ${names}`);
  }
  return withScale({ ...found, stack, service, revision: head.revision }, scale, deps.clock.nowMs());
}

export function scalingOf(
  { stack, service, spec, scale, scaling }: ServiceTarget,
  nowMs: number,
): ServiceScaling {
  const { by, replicas } = scaling;
  const bounds =
    spec.autoscale === undefined
      ? { min: replicas, max: replicas, by: by === 'hand' ? 'set by hand' : 'by the document' }
      : boundsAt(spec.autoscale, manualOf(spec, scale), nowMs);
  const { min, max, by: boundsBy } = bounds;
  return { stack, service, by, replicas, min, max, boundsBy, documentReplicas: spec.replicas };
}
