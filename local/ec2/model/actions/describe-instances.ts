/** DescribeInstances: by ids, or by filters in pages. */
import type { DescribeInstancesRequest, DescribeInstancesResult, Reservation } from '@aws-sdk/client-ec2';
import { invalidCombination } from '../errors.ts';
import type { FilterTable } from '../checks/filters.ts';
import { toPredicate } from '../checks/filters.ts';
import { findInstances, isVisible } from './find-instances.ts';
import type { Instance } from '../instance.ts';
import { hostNameOf, publicAddressOf, STATE_CODES, tagsOf, toOutput } from '../instance.ts';
import { DESCRIBE_INSTANCES_PAGE } from '../limits.ts';
import { checkPageSize, takePage } from '../checks/pages.ts';
import { dryRunSucceeded } from './launch-parts.ts';
import type { Call, World } from '../world.ts';
import { commonContext } from '../world.ts';

export function describeInstances(
  world: World,
  call: Call,
  input: DescribeInstancesRequest,
): DescribeInstancesResult {
  const { InstanceIds: ids = [], Filters: filters = [], MaxResults: size, NextToken: token } = input;
  checkPageSize(size, DESCRIBE_INSTANCES_PAGE);
  if (ids.length > 0 && size !== undefined)
    throw invalidCombination('The parameter instancesSet cannot be used with the parameter maxResults');
  const matches = toPredicate(filters, filterTable(world.region), tagsOf);
  call.authorize([{ action: 'ec2:DescribeInstances', resource: '*', context: commonContext(world) }]);
  if (input.DryRun === true) throw dryRunSucceeded();

  const asked =
    ids.length > 0
      ? findInstances(world, ids, call.nowMs)
      : [...world.instances.values()].filter((instance) => isVisible(world, instance, call.nowMs));
  const found = asked.filter(matches).sort((one, other) => one.position - other.position);
  const { items, next } = takePage(found, ({ position }) => position, {
    size: size ?? DESCRIBE_INSTANCES_PAGE.maximum,
    token,
    question: [ids, filters],
    cut: world.faults.pageCut(),
  });
  return { Reservations: group(world, items), ...(next !== undefined && { NextToken: next }) };
}

/** The filters that are understood (API Reference, DescribeInstances); others are refused. */
const filterTable = (region: string): FilterTable<Instance> => ({
  architecture: ({ launch }) => [launch.type.architecture],
  'availability-zone': ({ launch }) => [launch.subnet.zone],
  'client-token': ({ launch }) => [launch.clientToken],
  'iam-instance-profile.arn': ({ launch }) => [launch.profile?.arn],
  'image-id': ({ launch }) => [launch.image.id],
  'instance-id': ({ id }) => [id],
  'instance-state-code': ({ state }) => [String(STATE_CODES[state])],
  'instance-state-name': ({ state }) => [state],
  'instance-type': ({ launch }) => [launch.type.name],
  'ip-address': (instance) => [whileAlive(instance, publicAddressOf(instance))],
  'private-dns-name': (instance) => [whileAlive(instance, hostNameOf(instance.address, region))],
  'private-ip-address': (instance) => [whileAlive(instance, instance.address)],
  'reservation-id': ({ reservationId }) => [reservationId],
  'subnet-id': (instance) => [whileAlive(instance, instance.launch.subnet.id)],
  'vpc-id': (instance) => [whileAlive(instance, instance.launch.subnet.vpcId)],
});

/** A terminated instance has left its network. */
const whileAlive = (instance: Instance, value: string | undefined) =>
  instance.state === 'terminated' ? undefined : value;

function group(world: World, instances: readonly Instance[]): Reservation[] {
  const reservations = new Map<string, Instance[]>();
  for (const instance of instances) {
    const together = reservations.get(instance.reservationId);
    if (together === undefined) reservations.set(instance.reservationId, [instance]);
    else together.push(instance);
  }
  return [...reservations].map(([ReservationId, members]) => ({
    ReservationId,
    OwnerId: world.account,
    Groups: [],
    Instances: members.map((instance) => toOutput(instance, world.account, world.region)),
  }));
}
