/**
 * Hosts as EC2 instances.
 *
 * - A launch is one CreateFleet for a batch (`launch.ts`) with its frozen parameters and client token: the same launch again
 *   is the same request, so it can be repeated. The owner's tags go on in the same call, those of volume and interface from
 *   the launch template: there is no moment in which something of ours is not known as ours.
 * - Its outcome is what EC2 said, never an exception: what may be done next is the provision loop's to decide.
 * - Which host an instance is, it is told afterwards by its tag `berth:host`, since EC2 chooses the instances of a batch.
 * - Reading throws the ports' errors (throttled, forbidden), or the SDK's when no answer came.
 */
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type {
  DescribeInstancesCommandOutput,
  DescribeInstanceStatusCommandOutput,
  Instance,
} from '@aws-sdk/client-ec2';
import type { Architecture } from '../../core/model/cluster.ts';
import { hostId } from '../../core/model/ids.ts';
import type { HostId } from '../../core/model/ids.ts';
import type { InstanceView } from '../../core/model/instance.ts';
import type { HostLauncher } from '../../usecases/ports.ts';
import { sdkError } from '../sdk-error.ts';
import { describeSubnets, describeType, newestVersion, remembering } from './catalog.ts';
import { classifyError, isNotFound } from './classify-error.ts';
import type { Ec2Clients, Ec2Sender } from './clients.ts';
import { launchBatch } from './launch.ts';
import { CLUSTER_TAG, HOST_TAG, INTENT_TAG } from './tags.ts';

/** One launch template per architecture (one template = one AMI). */
type Templates = Readonly<Record<Architecture, string>>;

export interface HostLauncherOptions {
  readonly clients: Ec2Clients;
  readonly cluster: string;
  readonly launchTemplates: Templates;
  /** Those of security groups that pools name: an override of a fleet cannot name groups. */
  readonly templatesByGroups: Readonly<Record<string, Templates>>;
  readonly subnetIds: readonly string[];
}

/** EC2's maximum; fewer calls for large clusters. */
const PAGE_SIZE = 1_000;
/** Far more than a cluster has; past it something is wrong and says so. */
const PAGES_MAX = 1_000;

export const ec2HostLauncher = (options: HostLauncherOptions): HostLauncher => {
  const { clients, cluster, launchTemplates, templatesByGroups, subnetIds } = options;
  const types = remembering((instanceType: string) => describeType(clients, instanceType));
  const subnets = remembering(() => describeSubnets(clients, subnetIds));
  return {
    launch: (parameters) => launchBatch(clients, cluster, parameters),
    name: (instanceId, host) => nameInstance(clients, instanceId, host),
    list: () => listInstances(clients, cluster),
    impaired: (instanceIds) => impaired(clients, instanceIds),
    terminate: (instanceId) => terminate(clients, instanceId),
    sizeOf: types,
    subnets: async () => (await subnets('')) ?? [],
    securityGroups: Object.keys(templatesByGroups),
    launchTemplate: async (architecture, groups) => {
      const templates = groups === undefined ? launchTemplates : ownOf(templatesByGroups, groups);
      const launchTemplateId = templates[architecture];
      return { launchTemplateId, launchTemplateVersion: await newestVersion(clients, launchTemplateId) };
    },
  };
};

function ownOf(all: HostLauncherOptions['templatesByGroups'], groups: string): Templates {
  const own = Object.hasOwn(all, groups) ? all[groups] : undefined;
  if (own === undefined) throw new Error(`no launch template has the security groups "${groups}"`);
  return own;
}

const nameInstance = async ({ retrying }: Ec2Clients, instanceId: string, host: HostId): Promise<boolean> => {
  try {
    const Tags = [{ Key: HOST_TAG, Value: host }];
    await retrying.send(new CreateTagsCommand({ Resources: [instanceId], Tags }));
    return true;
  } catch (error) {
    const { code } = sdkError(error);
    // Of instances that it does not show (yet) EC2 says either.
    if (isNotFound(code) || code === 'InvalidID') return false;
    throw classifyError(error);
  }
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
  const tag = (key: string) => instance.Tags?.find(({ Key }) => Key === key)?.Value ?? null;
  const host = tag(HOST_TAG);
  return {
    instanceId: instance.InstanceId ?? '',
    state: instance.State?.Name ?? 'pending',
    host: host === null ? null : hostId(host),
    batch: tag(INTENT_TAG),
    instanceType: instance.InstanceType ?? '',
    subnetId: instance.SubnetId ?? '',
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
