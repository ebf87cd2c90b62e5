/**
 * Strict input: a field that the local EC2 does not honour is refused by its path, and so is a value of a wrong type.
 * One table an action; the names are those of the SDK's input.
 */
import { invalidValue, unknownParameter } from '../errors.ts';

export type FieldShape =
  'string' | 'integer' | 'boolean' | { readonly list: FieldShape } | { readonly [field: string]: FieldShape };

const filters: FieldShape = { list: { Name: 'string', Values: { list: 'string' } } };
const tags: FieldShape = { list: { Key: 'string', Value: 'string' } };

/** What each modelled action honours. */
export const HONOURED = {
  RunInstances: {
    MinCount: 'integer',
    MaxCount: 'integer',
    ClientToken: 'string',
    DryRun: 'boolean',
    InstanceType: 'string',
    SubnetId: 'string',
    LaunchTemplate: { LaunchTemplateId: 'string', LaunchTemplateName: 'string', Version: 'string' },
    NetworkInterfaces: {
      list: {
        DeviceIndex: 'integer',
        SubnetId: 'string',
        AssociatePublicIpAddress: 'boolean',
        Groups: { list: 'string' },
        DeleteOnTermination: 'boolean',
      },
    },
    TagSpecifications: { list: { ResourceType: 'string', Tags: tags } },
  },
  CreateFleet: {
    Type: 'string',
    ClientToken: 'string',
    DryRun: 'boolean',
    LaunchTemplateConfigs: {
      list: {
        LaunchTemplateSpecification: {
          LaunchTemplateId: 'string',
          LaunchTemplateName: 'string',
          Version: 'string',
        },
        Overrides: { list: { InstanceType: 'string', SubnetId: 'string', Priority: 'integer' } },
      },
    },
    TargetCapacitySpecification: { TotalTargetCapacity: 'integer', DefaultTargetCapacityType: 'string' },
    OnDemandOptions: { AllocationStrategy: 'string' },
    TagSpecifications: { list: { ResourceType: 'string', Tags: tags } },
  },
  DescribeInstances: {
    InstanceIds: { list: 'string' },
    Filters: filters,
    MaxResults: 'integer',
    NextToken: 'string',
    DryRun: 'boolean',
  },
  DescribeInstanceStatus: { InstanceIds: { list: 'string' }, DryRun: 'boolean' },
  TerminateInstances: { InstanceIds: { list: 'string' }, DryRun: 'boolean' },
  DescribeInstanceTypes: {
    InstanceTypes: { list: 'string' },
    Filters: filters,
    MaxResults: 'integer',
    NextToken: 'string',
    DryRun: 'boolean',
  },
  DescribeVolumes: { Filters: filters, MaxResults: 'integer', NextToken: 'string', DryRun: 'boolean' },
  DescribeNetworkInterfaces: {
    Filters: filters,
    MaxResults: 'integer',
    NextToken: 'string',
    DryRun: 'boolean',
  },
  CreateTags: { Resources: { list: 'string' }, Tags: tags, DryRun: 'boolean' },
} as const satisfies Readonly<Record<string, FieldShape>>;

/** Whether the model answers this action. */
export function isAction(name: string): name is keyof typeof HONOURED {
  return Object.hasOwn(HONOURED, name);
}

/** @throws Ec2Error UnknownParameter or InvalidParameterValue, with the path of the field. */
export function checkFields(shape: FieldShape, value: unknown, path = ''): void {
  if (value === undefined) return;
  if (typeof shape === 'string') {
    const fits = shape === 'integer' ? Number.isInteger(value) : typeof value === shape;
    if (!fits) throw invalidValue(`Invalid value '${JSON.stringify(value)}' for ${path}: expected ${shape}`);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw invalidValue(`Invalid value for ${path}: expected a list`);
    for (const [index, item] of value.entries()) checkFields(shape.list, item, `${path}.${index + 1}`);
  } else {
    if (typeof value !== 'object' || value === null)
      throw invalidValue(`Invalid value for ${path}: expected a structure`);
    for (const [name, inner] of Object.entries(value)) {
      const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
      const full = path === '' ? name : `${path}.${name}`;
      if (known === undefined) {
        if (inner === undefined) continue;
        throw unknownParameter(full);
      }
      checkFields(known, inner, full);
    }
  }
}

function isList(shape: FieldShape): shape is { readonly list: FieldShape } {
  return typeof shape === 'object' && 'list' in shape;
}
