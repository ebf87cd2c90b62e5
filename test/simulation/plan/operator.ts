/** The operator: hands in stacks, and tries again when the API does not answer, as `berth deploy` does. */
import { NotFoundError } from '../../../functions/usecases/errors.ts';
import type { World } from '../world/world.ts';
import type { Deploy } from './plan.ts';
import { specOf, type StackKnobs } from './workload.ts';

export interface Operator {
  deploy(deploy: Deploy): Promise<void>;
  /** What is wanted of each stack by now; those that were removed are not in it. */
  readonly wanted: ReadonlyMap<string, StackKnobs>;
  /** Calls that the API has not accepted yet. */
  pending(): number;
  /** Deploys that were accepted. */
  accepted(): number;
}

const AGAIN_MS = 5000;

export function createOperator(world: World): Operator {
  const wanted = new Map<string, StackKnobs>();
  const newest = new Map<string, Deploy>();
  let pending = 0;
  let accepted = 0;
  const { api } = world.controlPlane.functions;

  const once = async ({ stack, knobs }: Deploy): Promise<boolean> => {
    const ended = await api.invoke(
      knobs === null ? { kind: 'delete', stack } : { kind: 'put', spec: specOf(stack, knobs) },
    );
    world.controlPlane.onEnded('api', ended);
    if (ended.kind === 'done') return true;
    return ended.kind === 'failed' && knobs === null && ended.error instanceof NotFoundError;
  };

  return {
    wanted,
    pending: () => pending,
    accepted: () => accepted,
    deploy: async (deploy) => {
      newest.set(deploy.stack, deploy);
      if (deploy.knobs === null) wanted.delete(deploy.stack);
      else wanted.set(deploy.stack, deploy.knobs);
      // Of one that follows its load nobody knows how many; its min is what may not be taken away.
      const replicas = Object.entries(deploy.knobs ?? {}).map(
        ([name, { replicas: fixed, autoscale }]) => [name, autoscale?.min ?? fixed] as const,
      );
      // What was wanted before may be taken away from now on, what is wanted now only after the API took it.
      world.hub.hooks.wanted(deploy.stack, {});
      const services = Object.entries(deploy.knobs ?? {});
      for (const [name, { autoscale }] of services)
        world.load.put(`${deploy.stack}/${name}`, autoscale?.cpuMillis ?? 0);
      world.hub.hooks.bounds(
        deploy.stack,
        Object.fromEntries(services.map(([name, { autoscale }]) => [name, autoscale ?? null])),
      );
      world.note(`operator wants ${deploy.stack}: ${deploy.knobs === null ? 'gone' : 'changed'}`);
      pending += 1;
      while (newest.get(deploy.stack) === deploy) {
        if (await once(deploy)) {
          accepted += 1;
          // What came after it meanwhile may be in the table already, though its answer is not here yet.
          if (newest.get(deploy.stack) === deploy)
            world.hub.hooks.wanted(deploy.stack, Object.fromEntries(replicas));
          break;
        }
        await world.scheduler.sleep(AGAIN_MS);
      }
      pending -= 1;
    },
  };
}
