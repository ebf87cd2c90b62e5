/** CreateTags on instances and on what was made with them; anything else is the emulator's. */
import type { CreateTagsRequest } from '@aws-sdk/client-ec2';
import { Ec2Error, invalidValue, missing } from '../errors.ts';
import { findInstances } from './find-instances.ts';
import type { Instance } from '../instance.ts';
import type { Taggable } from '../checks/tags.ts';
import { addTags, checkMetadataTags, NO_TAGS, toTags } from '../checks/tags.ts';
import { TAG_RESOURCES_MAX } from '../limits.ts';
import type { PermissionCheck } from '../checks/policy.ts';
import { dryRunSucceeded } from './launch-parts.ts';
import type { Call, World } from '../world.ts';
import { arnOf, commonContext, tagContext } from '../world.ts';

const KINDS: Readonly<Record<string, Taggable>> = {
  i: 'instance',
  vol: 'volume',
  eni: 'network-interface',
};

export function createTags(world: World, call: Call, input: CreateTagsRequest): Record<string, never> {
  const { Resources: ids = [], Tags: list = [] } = input;
  if (ids.length === 0) throw missing('ResourceId');
  if (ids.length > TAG_RESOURCES_MAX)
    throw invalidValue(`At most ${TAG_RESOURCES_MAX} resources may be tagged`);
  if (list.length === 0) throw missing('Tag');
  const added = toTags(list);
  const owners = ids.map((id) => ({ id, instance: findOwner(world, id, call.nowMs) }));
  call.authorize(owners.map(({ id, instance }) => tagCheck(world, id, instance, added)));
  const outcome = owners.map(({ id, instance }) => {
    if (id === instance.id && instance.launch.metadata.tagsEnabled) checkMetadataTags(added);
    return { id, instance, tags: addTags(instance.tags.get(id) ?? NO_TAGS, added) };
  });
  if (input.DryRun === true) throw dryRunSucceeded();
  for (const { id, instance, tags } of outcome) instance.tags.set(id, tags);
  return {};
}

function findOwner(world: World, id: string, nowMs: number): Instance {
  const owner = [...world.instances.values()].find((instance) => instance.tags.has(id));
  if (owner === undefined && !id.startsWith('i-'))
    throw new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
  const [found] = findInstances(world, [owner?.id ?? id], nowMs);
  if (found === undefined) throw new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
  return found;
}

function tagCheck(
  world: World,
  id: string,
  instance: Instance,
  added: ReadonlyMap<string, string>,
): PermissionCheck {
  return {
    action: 'ec2:CreateTags',
    resource: arnOf(world, KINDS[id.split('-')[0] ?? ''] ?? 'instance', id),
    context: {
      ...commonContext(world),
      ...tagContext(['ec2:ResourceTag', 'aws:ResourceTag'], instance.tags.get(id) ?? []),
      ...tagContext(['aws:RequestTag'], added),
      'aws:tagkeys': [...added.keys()],
    },
  };
}
