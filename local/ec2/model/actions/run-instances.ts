/** RunInstances: all of a launch that fits, or nothing; once for each client token and zone. */
import type { Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { Ec2Error, errorOf, invalidCombination, invalidValue, missing } from '../errors.ts';
import type { Instance, Launch } from '../instance.ts';
import { toOutput } from '../instance.ts';
import { resolveLaunch } from './launch-template.ts';
import { launchChecks } from './launch-permissions.ts';
import { enter } from '../lifecycle.ts';
import { CLIENT_TOKEN_LENGTH_MAX } from '../limits.ts';
import type { Taggable, Tags } from '../checks/tags.ts';
import { addTags, checkMetadataTags, toTagsByKind } from '../checks/tags.ts';
import type { Call, TokenRecord, World } from '../world.ts';

/** Tags by kind of resource. */
type LaunchTags = Readonly<Record<Taggable, Tags>>;

export function runInstances(world: World, call: Call, input: RunInstancesRequest): Reservation {
  const { minimum, maximum } = checkCounts(input);
  checkToken(input.ClientToken);
  const launch = resolveLaunch(call.catalog, input);
  const tags = resolveTags(launch, input);
  call.authorize(launchChecks(world, launch, tags, input));
  if (input.DryRun === true) throw dryRunSucceeded();

  const key = `${launch.subnet.zone} ${input.ClientToken ?? ''}`;
  const parameters = canonical(input);
  const earlier = input.ClientToken === undefined ? undefined : world.tokens.get(key);
  if (earlier !== undefined) return repeat(world, earlier, parameters);

  const addresses = takeRoom(world, call, launch, { minimum, maximum });
  const reservationId = `r-${world.random.hex(17)}`;
  const instances = addresses.map((address, index) =>
    createInstance(world, { launch, tags, reservationId, address, index, nowMs: call.nowMs }),
  );
  if (input.ClientToken !== undefined)
    world.tokens.set(key, {
      parameters,
      reservationId,
      instanceIds: instances.map(({ id }) => id),
      terminatedAtMs: undefined,
    });
  for (const instance of instances) enter(world, instance, 'pending', call.nowMs);
  return toReservation(world, reservationId, instances);
}

export function dryRunSucceeded(): Ec2Error {
  return new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

function checkCounts({ MinCount: minimum, MaxCount: maximum }: RunInstancesRequest) {
  if (minimum === undefined) throw missing('MinCount');
  if (maximum === undefined) throw missing('MaxCount');
  if (minimum < 1) throw invalidValue(`Invalid value '${minimum}' for minCount. Must be at least 1.`);
  if (maximum < minimum)
    throw invalidCombination(
      `Invalid value '${maximum}' for maxCount. Must be at least minCount ${minimum}.`,
    );
  return { minimum, maximum };
}

function checkToken(token: string | undefined): void {
  if (token === undefined) return;
  // eslint-disable-next-line no-control-regex -- the rule of EC2 is "ASCII"
  if (token.length > CLIENT_TOKEN_LENGTH_MAX || !/^[\x00-\x7f]+$/.test(token))
    throw invalidValue(
      `Invalid value '${token}' for clientToken. It must be 1 to ${CLIENT_TOKEN_LENGTH_MAX} ASCII characters.`,
    );
}

/** Tags of the template and of the call; the call's win. EC2 adds where the launch came from. */
function resolveTags(launch: Launch, input: RunInstancesRequest): LaunchTags {
  const inherited = toTagsByKind(
    (launch.template.data.TagSpecifications ?? []).map(({ ResourceType, Tags }) => ({ ResourceType, Tags })),
  );
  const own = toTagsByKind(input.TagSpecifications ?? []);
  const origin = new Map([
    ['aws:ec2launchtemplate:id', launch.template.id],
    ['aws:ec2launchtemplate:version', String(launch.template.version)],
  ]);
  const tags = {
    instance: new Map([...origin, ...addTags(inherited.instance, own.instance)]),
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
function canonical(input: RunInstancesRequest): string {
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

/** The answer to a token that was used in this zone before (boto3#4406 for the terminated one). */
function repeat(world: World, earlier: TokenRecord, parameters: string): Reservation {
  if (earlier.parameters !== parameters)
    throw new Ec2Error(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  if (earlier.terminatedAtMs !== undefined)
    throw new Ec2Error(
      'IdempotentInstanceTerminated',
      'The client token you have provided is associated with a terminated instance. Please use a different client token.',
    );
  const instances = earlier.instanceIds.flatMap((id) => world.instances.get(id) ?? []);
  return toReservation(world, earlier.reservationId, instances);
}

/** Addresses for as many instances as fit, at least the minimum. @throws Ec2Error naming what there is too little of. */
function takeRoom(
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

interface Creation {
  readonly launch: Launch;
  readonly tags: LaunchTags;
  readonly reservationId: string;
  readonly address: string;
  readonly index: number;
  readonly nowMs: number;
}

function createInstance(
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

function toReservation(world: World, reservationId: string, instances: readonly Instance[]): Reservation {
  return {
    ReservationId: reservationId,
    OwnerId: world.account,
    Groups: [],
    Instances: instances.map((instance) => toOutput(instance, world.account, world.region)),
  };
}
