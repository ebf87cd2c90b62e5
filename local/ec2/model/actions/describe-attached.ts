/**
 * DescribeVolumes and DescribeNetworkInterfaces, by filters in pages: what instances have while they are there. Here volumes
 * and interfaces always go with their instance (DeleteOnTermination), as Berth's launch templates say.
 */
import type {
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  DescribeVolumesRequest,
  DescribeVolumesResult,
} from '@aws-sdk/client-ec2';
import { toPredicate } from '../checks/filters.ts';
import { checkPageSize, takePage } from '../checks/pages.ts';
import { toTagList, type Tags } from '../checks/tags.ts';
import type { Instance } from '../instance.ts';
import { DESCRIBE_INSTANCES_PAGE } from '../limits.ts';
import type { Call, World } from '../world.ts';
import { commonContext } from '../world.ts';
import { isVisible } from './find-instances.ts';
import { dryRunSucceeded } from './launch-parts.ts';

interface Attached {
  readonly id: string;
  readonly instance: Instance;
  readonly position: number;
  readonly tags: Tags;
}

interface Question {
  readonly Filters?: DescribeVolumesRequest['Filters'];
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly DryRun?: boolean | undefined;
}

export function describeVolumes(
  world: World,
  call: Call,
  input: DescribeVolumesRequest,
): DescribeVolumesResult {
  const volumes = (instance: Instance) => instance.volumeIds;
  const { items, next } = describe(world, call, { action: 'ec2:DescribeVolumes', input, idsOf: volumes });
  const Volumes = items.map(({ id, instance, tags }) => ({
    VolumeId: id,
    AvailabilityZone: instance.launch.subnet.zone,
    State: 'in-use' as const,
    Tags: toTagList(tags),
  }));
  return { Volumes, ...(next !== undefined && { NextToken: next }) };
}

export function describeNetworkInterfaces(
  world: World,
  call: Call,
  input: DescribeNetworkInterfacesRequest,
): DescribeNetworkInterfacesResult {
  const action = 'ec2:DescribeNetworkInterfaces';
  const { items, next } = describe(world, call, { action, input, idsOf: (one) => [one.interfaceId] });
  const NetworkInterfaces = items.map(({ id, instance, tags }) => ({
    NetworkInterfaceId: id,
    OwnerId: world.account,
    Status: 'in-use' as const,
    SubnetId: instance.launch.subnet.id,
    VpcId: instance.launch.subnet.vpcId,
    PrivateIpAddress: instance.address,
    TagSet: toTagList(tags),
  }));
  return { NetworkInterfaces, ...(next !== undefined && { NextToken: next }) };
}

function describe(
  world: World,
  call: Call,
  asked: {
    readonly action: string;
    readonly input: Question;
    readonly idsOf: (one: Instance) => readonly string[];
  },
) {
  const { Filters: filters = [], MaxResults: size, NextToken: token, DryRun } = asked.input;
  checkPageSize(size, DESCRIBE_INSTANCES_PAGE);
  const matches = toPredicate<Attached>(filters, {}, ({ tags }) => tags);
  call.authorize([{ action: asked.action, resource: '*', context: commonContext(world) }]);
  if (DryRun === true) throw dryRunSucceeded();
  const found = [...world.instances.values()]
    .filter((instance) => instance.state !== 'terminated' && isVisible(world, instance, call.nowMs))
    .flatMap((instance) =>
      asked.idsOf(instance).map((id, index): Attached => ({
        id,
        instance,
        // An instance has far fewer devices.
        position: instance.position * 100 + index,
        tags: instance.tags.get(id) ?? new Map<string, string>(),
      })),
    )
    .filter(matches)
    .sort((one, other) => one.position - other.position);
  return takePage(found, ({ position }) => position, {
    size: size ?? DESCRIBE_INSTANCES_PAGE.maximum,
    token,
    question: [asked.action, filters],
    cut: world.faults.pageCut(),
  });
}
