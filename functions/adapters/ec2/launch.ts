/**
 * A batch as one CreateFleet of type instant, on demand: its offerings are the overrides, in their order (`prioritized`).
 *
 * - Pure input, so that the same batch gives the same request; its client token is frozen in the rows.
 * - Fleet and instances get their tags in the call; volumes and interfaces have the owner's from the launch template.
 * - `Errors` name overrides that were not launched; they are told by offering.
 */
import { CreateFleetCommand } from '@aws-sdk/client-ec2';
import type {
  _InstanceType,
  CreateFleetCommandInput,
  CreateFleetCommandOutput,
  CreateFleetError,
  LaunchTemplateAndOverridesResponse,
} from '@aws-sdk/client-ec2';
import type { LaunchParameters } from '../../core/model/host.ts';
import type { LaunchFailure, LaunchOutcome } from '../../core/model/instance.ts';
import type { Offering } from '../../core/model/offering.ts';
import { classifyLaunchError } from './classify-error.ts';
import type { Ec2Clients } from './clients.ts';
import { CLUSTER_TAG, INTENT_TAG } from './tags.ts';

export const launchBatch = async (
  { once }: Ec2Clients,
  cluster: string,
  parameters: LaunchParameters,
): Promise<LaunchOutcome> => {
  try {
    return toOutcome(await once.send(new CreateFleetCommand(fleetInput(cluster, parameters))), parameters);
  } catch (error) {
    return classifyLaunchError(error, parameters.instanceType);
  }
};

export const fleetInput = (cluster: string, parameters: LaunchParameters): CreateFleetCommandInput => {
  const { launchTemplateId, launchTemplateVersion, offerings, size, batch, clientToken } = parameters;
  const owner = { Key: CLUSTER_TAG, Value: cluster };
  const tags = [owner, { Key: INTENT_TAG, Value: batch }];
  return {
    Type: 'instant',
    ClientToken: clientToken,
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateId: launchTemplateId, Version: launchTemplateVersion },
        Overrides: offerings.map(({ instanceType, subnetId }, Priority) => ({
          InstanceType: instanceType as _InstanceType,
          SubnetId: subnetId,
          Priority,
        })),
      },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: size, DefaultTargetCapacityType: 'on-demand' },
    OnDemandOptions: { AllocationStrategy: 'prioritized' },
    TagSpecifications: [
      { ResourceType: 'fleet', Tags: [owner] },
      { ResourceType: 'instance', Tags: tags },
    ],
  };
};

const toOutcome = (
  { FleetId, Instances = [], Errors = [] }: CreateFleetCommandOutput,
  parameters: LaunchParameters,
): LaunchOutcome => {
  if (FleetId === undefined && Instances.length + Errors.length === 0)
    return { kind: 'unknown', message: 'EC2 named no fleet' };
  return {
    kind: 'answered',
    instances: Instances.flatMap(({ InstanceIds = [], LaunchTemplateAndOverrides: from }) =>
      InstanceIds.map((instanceId) => ({ instanceId, offering: offeringOf(from, parameters) })),
    ),
    failures: Errors.map((error) => toFailure(error, parameters)),
  };
};

const toFailure = (error: CreateFleetError, parameters: LaunchParameters): LaunchFailure => {
  const { ErrorCode = 'unknown', ErrorMessage = '', LaunchTemplateAndOverrides: from } = error;
  const offering = offeringOf(from, parameters);
  const thrown = Object.assign(new Error(ErrorMessage), { name: ErrorCode });
  const outcome = classifyLaunchError(thrown, offering.instanceType);
  const { message } = outcome;
  switch (outcome.kind) {
    case 'account-limit':
      return { kind: 'account-limit', offering, message, quota: outcome.quota };
    case 'no-capacity':
    case 'refused':
      return { kind: outcome.kind, offering, message };
    default:
      return { kind: 'failed', offering, message };
  }
};

/** The one of ours that the answer names; the first where EC2 names none. */
const offeringOf = (
  from: LaunchTemplateAndOverridesResponse | undefined,
  { offerings, instanceType, subnetId }: LaunchParameters,
): Offering =>
  offerings.find(
    (one) => one.instanceType === from?.Overrides?.InstanceType && one.subnetId === from.Overrides.SubnetId,
  ) ??
  offerings[0] ?? { instanceType, subnetId, zone: '' };
