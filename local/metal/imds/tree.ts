/** The paths of one instance's metadata and what each says, as in EC2's "Instance metadata categories". */
import type { InstanceMetadata } from './metadata.ts';

/**
 * Path below `/latest/` -> text. Folders are not in here: they follow from the paths. The role's credentials are
 * not either: they have to be asked for.
 */
export function metadataTree(instance: InstanceMetadata): Map<string, string> {
  const tree = new Map<string, string>([
    ['meta-data/ami-id', instance.imageId],
    ['meta-data/hostname', instance.hostname],
    ['meta-data/instance-id', instance.instanceId],
    ['meta-data/instance-type', instance.instanceType],
    ['meta-data/local-hostname', instance.hostname],
    ['meta-data/local-ipv4', instance.address],
    ['meta-data/placement/availability-zone', instance.zone],
    ['meta-data/placement/region', instance.region],
    ['meta-data/services/domain', 'amazonaws.com'],
    ['meta-data/services/partition', 'aws'],
    ['dynamic/instance-identity/document', identityDocument(instance)],
  ]);
  if (instance.userData) tree.set('user-data', instance.userData);
  for (const [key, value] of Object.entries(instance.tags ?? {}))
    tree.set(`meta-data/tags/instance/${key}`, value);
  return tree;
}

/** What a folder lists: each child once, a folder with a slash behind it. Undefined when there is no such folder. */
export function listFolder(paths: Iterable<string>, folder: string): string | undefined {
  const prefix = folder === '' ? '' : `${folder}/`;
  const children = new Set<string>();
  for (const path of paths) {
    if (!path.startsWith(prefix)) continue;
    const [child = '', ...below] = path.slice(prefix.length).split('/');
    children.add(below.length > 0 ? `${child}/` : child);
  }
  return children.size > 0 ? [...children].sort().join('\n') : undefined;
}

function identityDocument(instance: InstanceMetadata): string {
  return JSON.stringify(
    {
      accountId: instance.accountId,
      architecture: instance.architecture,
      availabilityZone: instance.zone,
      imageId: instance.imageId,
      instanceId: instance.instanceId,
      instanceType: instance.instanceType,
      pendingTime: instance.launchedAt,
      privateIp: instance.address,
      region: instance.region,
      version: '2017-09-30',
    },
    null,
    2,
  );
}
