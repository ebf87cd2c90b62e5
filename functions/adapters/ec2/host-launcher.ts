/**
 * Hosts as EC2 instances.
 *
 * - A launch is one RunInstances of one instance with the intent's frozen parameters and client token: the same launch
 *   again is the same request, so it can be repeated. The owner's tags go on in the same call, on instance, volume and
 *   interface: there is no moment in which something of ours is not known as ours.
 * - Its outcome is what EC2 said, never an exception: what may be done next is the provision loop's to decide.
 * - Reading throws the ports' errors (throttled, forbidden), or the SDK's when no answer came.
 */
import {
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersionsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type {
  _InstanceType,
  DescribeInstancesCommandOutput,
  DescribeInstanceStatusCommandOutput,
  Instance,
  RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import type { Architecture } from '../../core/model/cluster.ts';
import type { LaunchParameters } from '../../core/model/host.ts';
import { hostId } from '../../core/model/ids.ts';
import type { HostId } from '../../core/model/ids.ts';
import type { InstanceView, LaunchOutcome } from '../../core/model/instance.ts';
import type { HostLauncher } from '../../usecases/ports.ts';
import { sdkError } from '../sdk-error.ts';
import { classifyError, classifyLaunchError, isNotFound } from './classify-error.ts';
import type { Ec2Clients, Ec2Sender } from './clients.ts';
import { CLUSTER_TAG, HOST_TAG } from './tags.ts';

export interface HostLauncherOptions {
  readonly clients: Ec2Clients;
  readonly cluster: string;
  /** One launch template per architecture (one template = one AMI). */
  readonly launchTemplates: Readonly<Record<Architecture, string>>;
  readonly subnetIds: readonly string[];
}

type Size = { readonly cpuMillis: number; readonly memoryBytes: number } | null;

const MIB = 1024 * 1024;
/** EC2's maximum; fewer calls for large clusters. */
const PAGE_SIZE = 1_000;
/** Far more than a cluster has; past it something is wrong and says so. */
const PAGES_MAX = 1_000;
const TAGGED = ['instance', 'volume', 'network-interface'] as const;

export const ec2HostLauncher = (options: HostLauncherOptions): HostLauncher => {
  const { clients, cluster, launchTemplates, subnetIds } = options;
  const sizes = new Map<string, Promise<Size>>();
  return {
    launch: (host, parameters) => launch(clients, cluster, host, parameters),
    list: () => listInstances(clients, cluster),
    impaired: (instanceIds) => impaired(clients, instanceIds),
    terminate: (instanceId) => terminate(clients, instanceId),
    sizeOf: (instanceType) => {
      const size = sizes.get(instanceType) ?? describeSize(clients, instanceType);
      sizes.set(instanceType, size);
      // A type's size never changes, but neither a failed question nor an empty answer must be remembered.
      size.then(
        (known) => known ?? sizes.delete(instanceType),
        () => sizes.delete(instanceType),
      );
      return size;
    },
    launchOptions: async (architecture) => {
      const launchTemplateId = launchTemplates[architecture];
      const launchTemplateVersion = await newestVersion(clients, launchTemplateId);
      return { launchTemplateId, launchTemplateVersion, subnetIds };
    },
  };
};

const launch = async (
  { once }: Ec2Clients,
  cluster: string,
  host: HostId,
  parameters: LaunchParameters,
): Promise<LaunchOutcome> => {
  try {
    const { Instances = [] } = await once.send(
      new RunInstancesCommand(launchInput(cluster, host, parameters)),
    );
    return Instances[0] ? toOutcome(Instances[0]) : { kind: 'unknown', message: 'EC2 named no instance' };
  } catch (error) {
    return classifyLaunchError(error, parameters.instanceType);
  }
};

/** The whole request: pure, so that the same intent gives the same request. */
export const launchInput = (
  cluster: string,
  host: HostId,
  parameters: LaunchParameters,
): RunInstancesCommandInput => ({
  LaunchTemplate: {
    LaunchTemplateId: parameters.launchTemplateId,
    Version: parameters.launchTemplateVersion,
  },
  InstanceType: parameters.instanceType as _InstanceType,
  SubnetId: parameters.subnetId,
  ClientToken: parameters.clientToken,
  MinCount: 1,
  MaxCount: 1,
  TagSpecifications: TAGGED.map((ResourceType) => ({
    ResourceType,
    Tags: [
      { Key: CLUSTER_TAG, Value: cluster },
      { Key: HOST_TAG, Value: host },
    ],
  })),
});

/** A repeated token may also be answered with the instance it made, dead by now. */
const toOutcome = (instance: Instance): LaunchOutcome => {
  const { instanceId, state, zone, address } = toView(instance);
  if (state === 'terminated' || state === 'shutting-down')
    return { kind: 'token-spent', message: `the token's instance ${instanceId} is ${state}` };
  return { kind: 'launched', instanceId, zone, address };
};

/** All instances of the cluster, by tag; all pages. */
export const listInstances = async (
  { retrying }: Pick<Ec2Clients, 'retrying'>,
  cluster: string,
): Promise<readonly InstanceView[]> => {
  const views: InstanceView[] = [];
  let from: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { Reservations = [], NextToken } = await describePage(retrying, cluster, from);
    views.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(toView)));
    // A page may be empty and still not the last one: only the missing token ends the reading.
    if (NextToken === undefined || NextToken === '') return views;
    from = NextToken;
  }
  throw new Error(`cluster ${cluster}: more than ${PAGES_MAX} pages of instances`);
};

const describePage = async (
  client: Ec2Sender,
  cluster: string,
  from: string | undefined,
): Promise<DescribeInstancesCommandOutput> => {
  const command = new DescribeInstancesCommand({
    Filters: [{ Name: `tag:${CLUSTER_TAG}`, Values: [cluster] }],
    MaxResults: PAGE_SIZE,
    ...(from === undefined ? {} : { NextToken: from }),
  });
  try {
    return await client.send(command);
  } catch (error) {
    throw classifyError(error);
  }
};

export const toView = (instance: Instance): InstanceView => {
  const host = instance.Tags?.find((tag) => tag.Key === HOST_TAG)?.Value;
  return {
    instanceId: instance.InstanceId ?? '',
    state: instance.State?.Name ?? 'pending',
    host: host === undefined ? null : hostId(host),
    clientToken:
      instance.ClientToken === undefined || instance.ClientToken === '' ? null : instance.ClientToken,
    zone: instance.Placement?.AvailabilityZone ?? '',
    address: instance.PrivateIpAddress ?? null,
    launchedAtMs: instance.LaunchTime?.getTime() ?? 0,
  };
};

/** API Reference, DescribeInstanceStatus: the most ids of one call. */
const STATUS_IDS_MAX = 100;

const impaired = async (
  { retrying }: Ec2Clients,
  instanceIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  for (let from = 0; from < instanceIds.length; from += STATUS_IDS_MAX) {
    const InstanceIds = instanceIds.slice(from, from + STATUS_IDS_MAX);
    const { InstanceStatuses = [] } = await statusOf(retrying, InstanceIds);
    for (const { InstanceId = '', InstanceStatus, SystemStatus } of InstanceStatuses)
      if ([InstanceStatus?.Status, SystemStatus?.Status].includes('impaired')) found.add(InstanceId);
  }
  return found;
};

/** One unknown id makes EC2 refuse the whole question: then those that it knows are asked about one by one. */
const statusOf = async (
  client: Ec2Sender,
  InstanceIds: string[],
): Promise<Pick<DescribeInstanceStatusCommandOutput, 'InstanceStatuses'>> => {
  try {
    return await client.send(new DescribeInstanceStatusCommand({ InstanceIds }));
  } catch (error) {
    if (!isNotFound(sdkError(error).code)) throw classifyError(error);
    if (InstanceIds.length === 1) return {};
    const each = await Promise.all(InstanceIds.map((id) => statusOf(client, [id])));
    return { InstanceStatuses: each.flatMap(({ InstanceStatuses = [] }) => InstanceStatuses) };
  }
};

const terminate = async ({ retrying }: Ec2Clients, instanceId: string): Promise<boolean> => {
  try {
    await retrying.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    return true;
  } catch (error) {
    const { code } = sdkError(error);
    if (isNotFound(code)) return true;
    // Somebody protected this instance from termination by hand.
    if (code === 'OperationNotPermitted') return false;
    throw classifyError(error);
  }
};

const describeSize = async ({ retrying }: Ec2Clients, instanceType: string): Promise<Size> => {
  try {
    const { InstanceTypes = [] } = await retrying.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: [instanceType as _InstanceType] }),
    );
    const cpus = InstanceTypes[0]?.VCpuInfo?.DefaultVCpus;
    const memoryMib = InstanceTypes[0]?.MemoryInfo?.SizeInMiB;
    if (cpus === undefined || memoryMib === undefined) return null;
    return { cpuMillis: cpus * 1_000, memoryBytes: memoryMib * MIB };
  } catch (error) {
    if (sdkError(error).code === 'InvalidInstanceType') return null;
    throw classifyError(error);
  }
};

/** A number, not `$Latest`: the launch stays the same request when the template gets a new version meanwhile. */
const newestVersion = async ({ retrying }: Ec2Clients, launchTemplateId: string): Promise<string> => {
  try {
    const { LaunchTemplateVersions = [] } = await retrying.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: launchTemplateId,
        Versions: ['$Latest'],
      }),
    );
    const version = LaunchTemplateVersions[0]?.VersionNumber;
    if (version === undefined) throw new Error(`launch template ${launchTemplateId} has no version`);
    return String(version);
  } catch (error) {
    throw classifyError(error);
  }
};
