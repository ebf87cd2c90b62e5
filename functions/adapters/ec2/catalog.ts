/** What there is to launch: sizes of types, subnets with their zones, the newest version of a launch template. */
import {
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import type { _InstanceType } from '@aws-sdk/client-ec2';
import type { KnownType } from '../../core/hosts/offerings.ts';
import type { Subnet } from '../../core/model/offering.ts';
import { sdkError } from '../sdk-error.ts';
import { classifyError } from './classify-error.ts';
import type { Ec2Clients } from './clients.ts';
import { onDemandQuota } from './quotas.ts';

const MIB = 1024 * 1024;

/** Asks once for each key, for as long as the process lives. Neither a failed question nor an empty answer is remembered. */
export function remembering<Answer>(
  ask: (key: string) => Promise<Answer | null>,
): (key: string) => Promise<Answer | null> {
  const asked = new Map<string, Promise<Answer | null>>();
  return (key) => {
    const answer = asked.get(key) ?? ask(key);
    asked.set(key, answer);
    answer.then(
      (known) => known ?? asked.delete(key),
      () => asked.delete(key),
    );
    return answer;
  };
}

/** A type's size never changes. Null: there is no such type. */
export const describeType = async (
  { retrying }: Ec2Clients,
  instanceType: string,
): Promise<KnownType | null> => {
  try {
    const { InstanceTypes = [] } = await retrying.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: [instanceType as _InstanceType] }),
    );
    const cpus = InstanceTypes[0]?.VCpuInfo?.DefaultVCpus;
    const memoryMib = InstanceTypes[0]?.MemoryInfo?.SizeInMiB;
    if (cpus === undefined || memoryMib === undefined) return null;
    const quota = onDemandQuota(instanceType);
    return { cpuMillis: cpus * 1_000, memoryBytes: memoryMib * MIB, quota };
  } catch (error) {
    if (sdkError(error).code === 'InvalidInstanceType') return null;
    throw classifyError(error);
  }
};

/** Neither does a subnet's zone; its name may, and is read anew by the next process. */
export const describeSubnets = async (
  { retrying }: Ec2Clients,
  ids: readonly string[],
): Promise<readonly Subnet[] | null> => {
  try {
    const { Subnets = [] } = await retrying.send(new DescribeSubnetsCommand({ SubnetIds: [...ids] }));
    const known = Subnets.map(({ SubnetId: id = '', AvailabilityZone: zone = '', Tags = [] }) => ({
      id,
      zone,
      name: Tags.find(({ Key }) => Key === 'Name')?.Value ?? '',
    }));
    return known.length === 0 ? null : known.sort((a, b) => (a.zone < b.zone ? -1 : 1));
  } catch (error) {
    throw classifyError(error);
  }
};

/** A number, not `$Latest`: the launch stays the same request when the template gets a new version meanwhile. */
export const newestVersion = async ({ retrying }: Ec2Clients, launchTemplateId: string): Promise<string> => {
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
