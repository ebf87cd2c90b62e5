/** RunInstances: all of a launch that fits, or nothing; once for each client token and zone. */
import type { Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { Ec2Error, invalidCombination, invalidValue, missing } from '../errors.ts';
import { resolveLaunch } from './launch-template.ts';
import { launchChecks } from './launch-permissions.ts';
import {
  canonical,
  checkToken,
  createInstance,
  dryRunSucceeded,
  parameterMismatch,
  resolveTags,
  takeRoom,
  toReservation,
} from './launch-parts.ts';
import { enter } from '../lifecycle.ts';
import type { Call, TokenRecord, World } from '../world.ts';

export function runInstances(world: World, call: Call, input: RunInstancesRequest): Reservation {
  const { minimum, maximum } = checkCounts(input);
  checkToken(input.ClientToken);
  const launch = resolveLaunch(call.catalog, input);
  const tags = resolveTags(launch, input.TagSpecifications ?? []);
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

/** The answer to a token that was used in this zone before (boto3#4406 for the terminated one). */
function repeat(world: World, earlier: TokenRecord, parameters: string): Reservation {
  if (earlier.parameters !== parameters) throw parameterMismatch();
  if (earlier.terminatedAtMs !== undefined)
    throw new Ec2Error(
      'IdempotentInstanceTerminated',
      'The client token you have provided is associated with a terminated instance. Please use a different client token.',
    );
  const instances = earlier.instanceIds.flatMap((id) => world.instances.get(id) ?? []);
  return toReservation(world, earlier.reservationId, instances);
}
