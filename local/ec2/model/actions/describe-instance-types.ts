/** DescribeInstanceTypes over the table of instance types. */
import type {
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { Ec2Error, invalidCombination, invalidValue } from '../errors.ts';
import type { FilterTable } from '../checks/filters.ts';
import { toPredicate } from '../checks/filters.ts';
import type { InstanceType } from '../parts/instance-types.ts';
import { INSTANCE_TYPES } from '../parts/instance-types.ts';
import { DESCRIBE_TYPES_NAMES_MAX, DESCRIBE_TYPES_PAGE } from '../limits.ts';
import { checkPageSize, takePage } from '../checks/pages.ts';
import { dryRunSucceeded } from './launch-parts.ts';
import type { Call, World } from '../world.ts';
import { commonContext } from '../world.ts';

const ALL = [...INSTANCE_TYPES.values()];

export function describeInstanceTypes(
  world: World,
  call: Call,
  input: DescribeInstanceTypesRequest,
): DescribeInstanceTypesResult {
  const { InstanceTypes: names = [], Filters: filters = [], MaxResults: size, NextToken: token } = input;
  checkPageSize(size, DESCRIBE_TYPES_PAGE);
  if (names.length > DESCRIBE_TYPES_NAMES_MAX)
    throw invalidValue(`At most ${DESCRIBE_TYPES_NAMES_MAX} instance types may be named`);
  if (names.length > 0 && size !== undefined)
    throw invalidCombination('The parameter InstanceTypes cannot be used with the parameter MaxResults');
  const unknown = names.filter((name) => !INSTANCE_TYPES.has(name));
  if (unknown.length > 0)
    throw new Ec2Error(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  const matches = toPredicate(filters, FILTERS);
  call.authorize([{ action: 'ec2:DescribeInstanceTypes', resource: '*', context: commonContext(world) }]);
  if (input.DryRun === true) throw dryRunSucceeded();

  const named = new Set<string>(names);
  const found = ALL.filter((type) => (named.size === 0 || named.has(type.name)) && matches(type));
  const { items, next } = takePage(found, (type) => ALL.indexOf(type), {
    size: size ?? DESCRIBE_TYPES_PAGE.maximum,
    token,
    question: [names, filters],
    cut: world.faults.pageCut(),
  });
  return { InstanceTypes: items.map(toInfo), ...(next !== undefined && { NextToken: next }) };
}

const FILTERS: FilterTable<InstanceType> = {
  'burstable-performance-supported': ({ burstable }) => [String(burstable)],
  'current-generation': () => ['true'],
  'instance-type': ({ name }) => [name],
  'memory-info.size-in-mib': ({ memoryMib }) => [String(memoryMib)],
  'processor-info.supported-architecture': ({ architecture }) => [architecture],
  'supported-usage-class': () => ['on-demand', 'spot'],
  'vcpu-info.default-vcpus': ({ vcpus }) => [String(vcpus)],
};

function toInfo({
  name,
  architecture,
  vcpus,
  memoryMib,
  threadsPerCore,
  burstable,
}: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: name as NonNullable<InstanceTypeInfo['InstanceType']>,
    CurrentGeneration: true,
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: 'nitro',
    ProcessorInfo: { SupportedArchitectures: [architecture] },
    VCpuInfo: {
      DefaultVCpus: vcpus,
      DefaultCores: vcpus / threadsPerCore,
      DefaultThreadsPerCore: threadsPerCore,
    },
    MemoryInfo: { SizeInMiB: memoryMib },
    BurstablePerformanceSupported: burstable,
  };
}
