/** Instances by their ids, as the calls that name ids see them. */
import { Ec2Error, instancesNotFound, missing } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { World } from '../world.ts';

/** Instances are known to other calls only some time after their launch, and not while a test hides them. */
export function isVisible(world: World, instance: Instance, nowMs: number): boolean {
  return nowMs >= instance.visibleFromMs && !world.faults.isHidden(instance.id, nowMs);
}

/** @throws Ec2Error InvalidInstanceID.Malformed, or InvalidInstanceID.NotFound with all that are missing. */
export function findInstances(world: World, ids: readonly string[], nowMs: number): readonly Instance[] {
  if (ids.length === 0) throw missing('InstanceId');
  for (const id of ids)
    if (!/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
      throw new Ec2Error('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  const unique = [...new Set(ids)];
  const found = unique
    .flatMap((id) => world.instances.get(id) ?? [])
    .filter((one) => isVisible(world, one, nowMs));
  if (found.length < unique.length) {
    const known = new Set(found.map(({ id }) => id));
    throw instancesNotFound(unique.filter((id) => !known.has(id)));
  }
  return found;
}
