/**
 * CreateFleet of type `instant`, on demand: a list of overrides tried in the order of their priorities until so many
 * instances are launched (API Reference, CreateFleet; User Guide, "EC2 Fleet request types").
 *
 * - What is wrong with the request itself, and a missing permission for CreateFleet, is an error of the call. What keeps an
 *   override from being launched - capacity, the account's limit, its subnet, a permission for RunInstances - stands in
 *   `Errors`, and the next one is tried; an answer may hold instances and errors, or errors alone.
 * - A token stands for its whole answer, in all zones: repeated, it launches nothing more, not even what it could not
 *   launch before (Developer Guide, "Ensuring idempotency": "without performing any further actions").
 * - Tests make launches fail by faults of RunInstances, one an override, and the whole call by faults of CreateFleet.
 * - Of strategies only `prioritized`, of tags only those of fleet and instances; the template has the others.
 */
import type {
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetRequest,
  CreateFleetResult,
  FleetLaunchTemplateOverridesRequest,
  RunInstancesRequest,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import { Ec2Error, invalidValue, missing } from '../errors.ts';
import type { Instance, Launch } from '../instance.ts';
import { enter } from '../lifecycle.ts';
import { FLEET_CAPACITY_MAX } from '../limits.ts';
import { fleetChecks, launchChecks } from './launch-permissions.ts';
import {
  canonical,
  checkToken,
  createInstance,
  dryRunSucceeded,
  parameterMismatch,
  resolveTags,
  takeRoom,
} from './launch-parts.ts';
import { findTemplate, resolveLaunch } from './launch-template.ts';
import type { Call, World } from '../world.ts';

interface Option {
  readonly request: RunInstancesRequest;
  readonly override: FleetLaunchTemplateOverridesRequest;
  readonly template: { readonly LaunchTemplateId: string; readonly Version: string };
}

export function createFleet(world: World, call: Call, input: CreateFleetRequest): CreateFleetResult {
  const target = checkRequest(input);
  checkToken(input.ClientToken);
  const options = optionsOf(call, input);
  const ofFleet = specificationsOf(input, 'fleet');
  const ofInstances = specificationsOf(input, 'instance');
  call.authorize(
    fleetChecks(
      world,
      options.map((one) => one.template.LaunchTemplateId),
      ofFleet,
    ),
  );
  if (input.DryRun === true) throw dryRunSucceeded();

  const parameters = canonical(input);
  const token = input.ClientToken;
  const earlier = token === undefined ? undefined : world.fleets.get(token);
  if (earlier !== undefined) {
    if (earlier.parameters !== parameters) throw parameterMismatch();
    return earlier.answer;
  }
  const fleetId = `fleet-${world.random.hex(32)}`;
  const answer = launchAll(world, call, { options, target, ofInstances, fleetId });
  if (token !== undefined) world.fleets.set(token, { parameters, answer, atMs: call.nowMs });
  return answer;
}

function checkRequest(input: CreateFleetRequest): number {
  const { Type: type = 'maintain', TargetCapacitySpecification: capacity, OnDemandOptions: options } = input;
  if (type !== 'instant')
    throw new Ec2Error('UnsupportedOperation', `The local EC2 does not model fleets of type ${type}.`);
  if (capacity?.TotalTargetCapacity === undefined) throw missing('TargetCapacitySpecification');
  const target = capacity.TotalTargetCapacity;
  if (target < 1 || target > FLEET_CAPACITY_MAX)
    throw invalidValue(`Invalid value '${target}' for TotalTargetCapacity.`);
  if (capacity.DefaultTargetCapacityType !== 'on-demand' || options?.AllocationStrategy !== 'prioritized')
    throw new Ec2Error(
      'UnsupportedOperation',
      'The local EC2 models fleets on demand, with the strategy prioritized.',
    );
  return target;
}

/** The overrides of all configurations, the lowest number first; one without a number last. */
function optionsOf({ catalog }: Call, { LaunchTemplateConfigs: configs = [] }: CreateFleetRequest): Option[] {
  if (configs.length === 0) throw missing('LaunchTemplateConfigs');
  const options = configs.flatMap(({ LaunchTemplateSpecification: reference, Overrides: overrides = [] }) => {
    if (reference?.Version === undefined) throw missing('LaunchTemplateSpecification.Version');
    if (overrides.length === 0) throw missing('Overrides');
    const { id, version } = findTemplate(catalog, reference);
    const template = { LaunchTemplateId: id, Version: String(version) };
    return overrides.map((override) => ({
      override,
      template,
      request: {
        LaunchTemplate: { LaunchTemplateId: id, Version: String(version) },
        InstanceType: override.InstanceType,
        SubnetId: override.SubnetId,
        MinCount: 1,
        MaxCount: 1,
      },
    }));
  });
  const priority = ({ override }: Option) => override.Priority ?? Number.POSITIVE_INFINITY;
  return options.sort((one, other) => priority(one) - priority(other));
}

function specificationsOf(input: CreateFleetRequest, kind: 'fleet' | 'instance'): TagSpecification[] {
  const all = input.TagSpecifications ?? [];
  const other = all.find(({ ResourceType: type }) => type !== 'fleet' && type !== 'instance');
  if (other !== undefined)
    throw invalidValue(
      `'${other.ResourceType ?? ''}' is not a valid taggable resource type for this operation.`,
    );
  return all.filter(({ ResourceType: type }) => type === kind);
}

interface Fleet {
  readonly options: readonly Option[];
  readonly target: number;
  readonly ofInstances: readonly TagSpecification[];
  readonly fleetId: string;
}

function launchAll(world: World, call: Call, fleet: Fleet): CreateFleetResult {
  const errors: CreateFleetError[] = [];
  const instances: CreateFleetInstance[] = [];
  let left = fleet.target;
  for (const option of fleet.options) {
    // Again with the same one until it refuses: so a partly filled one says what stopped it.
    while (left > 0) {
      try {
        const made = launchSome(world, call, fleet, { option, maximum: left });
        instances.push(describe(option, made));
        left -= made.length;
      } catch (error) {
        if (!(error instanceof Ec2Error)) throw error;
        errors.push({ ...about(option), ErrorCode: error.code, ErrorMessage: error.message });
        break;
      }
    }
  }
  return {
    FleetId: fleet.fleetId,
    ...(errors.length > 0 && { Errors: errors }),
    ...(instances.length > 0 && { Instances: instances }),
  };
}

/** @throws Ec2Error for whatever keeps this override from being launched now. */
function launchSome(
  world: World,
  call: Call,
  { ofInstances, fleetId }: Fleet,
  { option, maximum }: { readonly option: Option; readonly maximum: number },
): readonly Instance[] {
  const failure = world.faults.takeFailure('RunInstances');
  if (failure !== undefined) throw failure;
  const launch: Launch = resolveLaunch(call.catalog, option.request);
  const tags = resolveTags(launch, ofInstances, new Map([['aws:ec2:fleet-id', fleetId]]));
  call.authorize(launchChecks(world, launch, tags, option.request, { byFleet: true }));
  const addresses = takeRoom(world, call, launch, { minimum: 1, maximum });
  const reservationId = `r-${world.random.hex(17)}`;
  const made = addresses.map((address, index) =>
    createInstance(world, { launch, tags, reservationId, address, index, nowMs: call.nowMs }),
  );
  for (const instance of made) enter(world, instance, 'pending', call.nowMs);
  return made;
}

const about = ({ override, template }: Option) => ({
  Lifecycle: 'on-demand' as const,
  LaunchTemplateAndOverrides: { LaunchTemplateSpecification: template, Overrides: { ...override } },
});

function describe(option: Option, made: readonly Instance[]): CreateFleetInstance {
  return {
    ...about(option),
    InstanceIds: made.map(({ id }) => id),
    InstanceType: option.override.InstanceType,
  };
}
