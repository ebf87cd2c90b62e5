/** What RunInstances and CreateFleet share: tokens, tags, room for instances, and the instances themselves. */
import type { Reservation, TagSpecification } from '@aws-sdk/client-ec2';
import { Ec2Error, errorOf, invalidValue } from '../errors.ts';
import type { Instance, Launch } from '../instance.ts';
import { toOutput } from '../instance.ts';
import { CLIENT_TOKEN_LENGTH_MAX } from '../limits.ts';
import type { Taggable, Tags } from '../checks/tags.ts';
import { addTags, checkMetadataTags, toTagsByKind } from '../checks/tags.ts';
import type { Call, World } from '../world.ts';

/** Tags by kind of resource. */
export type LaunchTags = Readonly<Record<Taggable, Tags>>;

export function dryRunSucceeded(): Ec2Error {
  return new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

export function checkToken(token: string | undefined): void {
  if (token === undefined) return;
  // eslint-disable-next-line no-control-regex -- the rule of EC2 is "ASCII"
  if (token.length > CLIENT_TOKEN_LENGTH_MAX || !/^[\x00-\x7f]+$/.test(token))
    throw invalidValue(
      `Invalid value '${token}' for clientToken. It must be 1 to ${CLIENT_TOKEN_LENGTH_MAX} ASCII characters.`,
    );
}

/** Tags of the template and of the call; the call's win. EC2 adds where the launch came from. */
export function resolveTags(
  launch: Launch,
  specifications: readonly TagSpecification[],
  origin: ReadonlyMap<string, string> = new Map(),
): LaunchTags {
  const inherited = toTagsByKind(
    (launch.template.data.TagSpecifications ?? []).map(({ ResourceType, Tags }) => ({ ResourceType, Tags })),
  );
  const own = toTagsByKind(specifications);
  const from = new Map([
    ['aws:ec2launchtemplate:id', launch.template.id],
    ['aws:ec2launchtemplate:version', String(launch.template.version)],
    ...origin,
  ]);
  const tags = {
    instance: new Map([...from, ...addTags(inherited.instance, own.instance)]),
    volume: addTags(inherited.volume, own.volume),
    'network-interface': addTags(inherited['network-interface'], own['network-interface']),
  };
  if (launch.metadata.tagsEnabled) checkMetadataTags(tags.instance);
  return tags;
}

/**
 * The parameters, written the same way whatever the order of their fields. What the call says counts, not what the
 * template means by now: `$Latest` with a newer version is still the same request.
 */
export function canonical(input: object): string {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
            .filter(([name, inner]) => inner !== undefined && name !== 'DryRun')
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, inner]) => [name, sorted(inner)])
        : value;
  return JSON.stringify(sorted(input));
}

export function parameterMismatch(): Ec2Error {
  return new Ec2Error(
    'IdempotentParameterMismatch',
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  );
}

/** Addresses for as many instances as fit, at least the minimum. @throws Ec2Error naming what there is too little of. */
export function takeRoom(
  world: World,
  { nowMs }: Call,
  { type, subnet }: Launch,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): readonly string[] {
  const vcpus = usedVcpus(world);
  const byQuota = Math.floor((world.vcpuLimit - vcpus) / type.vcpus);
  if (byQuota < minimum) throw vcpuLimitExceeded(world.vcpuLimit);
  const byCapacity = world.faults.capacity(type.name, subnet.zone, nowMs);
  if (byCapacity < minimum) throw noCapacity(type.name, subnet.zone);
  const count = Math.min(maximum, byQuota, byCapacity);
  if (!world.resourceBuckets.RunInstances.take(nowMs, count)) throw errorOf('RequestLimitExceeded');
  const addresses: string[] = [];
  while (addresses.length < count) {
    const address = world.addresses.take();
    if (address === undefined) break;
    addresses.push(address);
  }
  if (addresses.length < minimum) {
    for (const address of addresses) world.addresses.release(address);
    throw new Ec2Error(
      'InsufficientFreeAddressesInSubnet',
      `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
    );
  }
  world.faults.takeCapacity(type.name, subnet.zone, addresses.length);
  return addresses;
}

/** Running On-Demand instances count, and those that are about to run. */
function usedVcpus(world: World): number {
  let sum = 0;
  for (const { state, launch } of world.instances.values())
    if (state === 'pending' || state === 'running') sum += launch.type.vcpus;
  return sum;
}

function vcpuLimitExceeded(limit: number): Ec2Error {
  return new Ec2Error(
    'VcpuLimitExceeded',
    `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket ` +
      'that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to ' +
      'request an adjustment to this limit.',
  );
}

function noCapacity(type: string, zone: string): Ec2Error {
  return new Ec2Error(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system ` +
      `will be working on provisioning additional capacity. You can currently get ${type} capacity by not specifying ` +
      'an Availability Zone in your request or choosing another one.',
    500,
  );
}

export interface Creation {
  readonly launch: Launch;
  readonly tags: LaunchTags;
  readonly reservationId: string;
  readonly address: string;
  readonly index: number;
  readonly nowMs: number;
}

export function createInstance(
  world: World,
  { launch, tags, reservationId, address, index, nowMs }: Creation,
): Instance {
  const id = `i-${world.random.hex(17)}`;
  const interfaceId = `eni-${world.random.hex(17)}`;
  const volumeIds = launch.devices.map(() => `vol-${world.random.hex(17)}`);
  const instance: Instance = {
    id,
    position: world.launched,
    reservationId,
    launchIndex: index,
    launchedAtMs: nowMs,
    visibleFromMs: nowMs + world.timings.describeLagMs,
    launch,
    address,
    interfaceId,
    volumeIds,
    state: 'pending',
    next: undefined,
    stateReason: undefined,
    terminatedAtMs: undefined,
    tags: new Map([
      [id, tags.instance],
      [interfaceId, tags['network-interface']],
      ...volumeIds.map((volumeId) => [volumeId, tags.volume] as const),
    ]),
  };
  world.launched += 1;
  world.instances.set(id, instance);
  return instance;
}

export function toReservation(
  world: World,
  reservationId: string,
  instances: readonly Instance[],
): Reservation {
  return {
    ReservationId: reservationId,
    OwnerId: world.account,
    Groups: [],
    Instances: instances.map((instance) => toOutput(instance, world.account, world.region)),
  };
}
