/** TerminateInstances: all of the named instances or none; naming one that is ending already is no error. */
import type {
  InstanceStateChange,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { Ec2Error, errorOf } from '../errors.ts';
import { findInstances } from './find-instances.ts';
import type { Instance } from '../instance.ts';
import { STATE_CODES, tagsOf } from '../instance.ts';
import { terminate } from '../lifecycle.ts';
import type { PermissionCheck } from '../checks/policy.ts';
import { dryRunSucceeded } from './launch-parts.ts';
import type { Call, World } from '../world.ts';
import { arnOf, commonContext, tagContext } from '../world.ts';

export function terminateInstances(
  world: World,
  call: Call,
  input: TerminateInstancesRequest,
): TerminateInstancesResult {
  const instances = findInstances(world, input.InstanceIds ?? [], call.nowMs);
  call.authorize(instances.map((instance) => instanceCheck(world, 'ec2:TerminateInstances', instance)));
  for (const { id, launch } of instances)
    if (launch.isProtected)
      throw new Ec2Error(
        'OperationNotPermitted',
        `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
  if (input.DryRun === true) throw dryRunSucceeded();
  if (!world.resourceBuckets.TerminateInstances.take(call.nowMs, instances.length))
    throw errorOf('RequestLimitExceeded');
  return {
    TerminatingInstances: instances.map((instance): InstanceStateChange => {
      const previous = instance.state;
      terminate(world, instance, call.nowMs, {
        code: 'Client.UserInitiatedShutdown',
        message: 'Client.UserInitiatedShutdown: User initiated shutdown',
      });
      return {
        InstanceId: instance.id,
        PreviousState: { Code: STATE_CODES[previous], Name: previous },
        CurrentState: { Code: STATE_CODES[instance.state], Name: instance.state },
      };
    }),
  };
}

/** A check on one instance, with what conditions may ask of it. */
export function instanceCheck(world: World, action: string, instance: Instance): PermissionCheck {
  const { launch } = instance;
  return {
    action,
    resource: arnOf(world, 'instance', instance.id),
    context: {
      ...commonContext(world),
      'ec2:availabilityzone': launch.subnet.zone,
      'ec2:instancetype': launch.type.name,
      ...(launch.profile && { 'ec2:instanceprofile': launch.profile.arn }),
      ...tagContext(['ec2:ResourceTag', 'aws:ResourceTag'], tagsOf(instance)),
    },
  };
}
