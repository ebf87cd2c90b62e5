/** DescribeInstanceStatus by ids: EC2's own checks of running instances, which a test may let fail. */
import type {
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  InstanceStatus,
} from '@aws-sdk/client-ec2';
import { invalidValue, missing } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { STATE_CODES } from '../instance.ts';
import { DESCRIBE_STATUS_IDS_MAX } from '../limits.ts';
import type { Call, World } from '../world.ts';
import { commonContext } from '../world.ts';
import { findInstances } from './find-instances.ts';
import { dryRunSucceeded } from './launch-parts.ts';

/** Only the running ones are described: nobody here asks for more (IncludeAllInstances). */
export function describeInstanceStatus(
  world: World,
  call: Call,
  input: DescribeInstanceStatusRequest,
): DescribeInstanceStatusResult {
  const { InstanceIds: ids = [] } = input;
  if (ids.length === 0) throw missing('InstanceId');
  if (ids.length > DESCRIBE_STATUS_IDS_MAX)
    throw invalidValue(`At most ${DESCRIBE_STATUS_IDS_MAX} instance ids may be named`);
  call.authorize([{ action: 'ec2:DescribeInstanceStatus', resource: '*', context: commonContext(world) }]);
  if (input.DryRun === true) throw dryRunSucceeded();
  const running = findInstances(world, ids, call.nowMs).filter(({ state }) => state === 'running');
  return { InstanceStatuses: running.map((instance) => toStatus(world, instance)) };
}

/** Instance and system checks fail separately in an account; here together. */
function toStatus(world: World, { id, launch, state }: Instance): InstanceStatus {
  const Status = world.faults.isImpaired(id) ? 'impaired' : 'ok';
  return {
    InstanceId: id,
    AvailabilityZone: launch.subnet.zone,
    InstanceState: { Code: STATE_CODES[state], Name: state },
    InstanceStatus: { Status },
    SystemStatus: { Status },
  };
}
