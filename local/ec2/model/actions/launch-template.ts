/** From a launch template and the parameters of the call to one complete launch (User Guide, "Launch templates"). */
import type {
  InstanceNetworkInterfaceSpecification,
  LaunchTemplateInstanceNetworkInterfaceSpecification,
  ResponseLaunchTemplateData,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2';
import type { Catalog, Image, InstanceProfile, LaunchTemplateVersion, Subnet } from '../catalog.ts';
import { Ec2Error, invalidCombination, invalidValue, missing } from '../errors.ts';
import type { Launch, MetadataOptions } from '../instance.ts';
import type { InstanceType } from '../parts/instance-types.ts';
import { INSTANCE_TYPES } from '../parts/instance-types.ts';
import { USER_DATA_BYTES_MAX } from '../limits.ts';

/** Fields of a template that a launch honours; any other one is refused, never ignored. */
const HONOURED_DATA = new Set<keyof ResponseLaunchTemplateData>([
  'ImageId',
  'InstanceType',
  'IamInstanceProfile',
  'UserData',
  'TagSpecifications',
  'MetadataOptions',
  'NetworkInterfaces',
  'SecurityGroupIds',
  'BlockDeviceMappings',
  'DisableApiTermination',
  'EbsOptimized',
  'Monitoring',
]);

/** @throws Ec2Error when something that the launch refers to is missing, malformed or does not fit. */
export function resolveLaunch(catalog: Catalog, input: RunInstancesRequest): Launch {
  const template = findTemplate(catalog, input.LaunchTemplate);
  const { data } = template;
  for (const [field, value] of Object.entries(data))
    if (value !== undefined && !HONOURED_DATA.has(field as keyof ResponseLaunchTemplateData))
      throw new Ec2Error('Unsupported', `The local EC2 does not honour LaunchTemplateData.${field}.`);
  const type = findType(input.InstanceType ?? data.InstanceType);
  const network = resolveNetwork(catalog, input, data);
  const image = findImage(catalog, data.ImageId);
  if (image.architecture !== type.architecture) throw architectureMismatch(type, image);
  return {
    type,
    image,
    ...network,
    template,
    profile: findProfile(catalog, data),
    clientToken: input.ClientToken,
    userData: decodeUserData(data.UserData),
    metadata: resolveMetadata(data),
    devices: resolveDevices(data),
    isProtected: data.DisableApiTermination === true,
  };
}

/** @throws Ec2Error when there is no such template or version. */
export function findTemplate(
  catalog: Catalog,
  reference: RunInstancesRequest['LaunchTemplate'],
): LaunchTemplateVersion {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version: version = '$Default' } = reference ?? {};
  if (id === undefined && name === undefined) throw missing('LaunchTemplate');
  if (id !== undefined && name !== undefined)
    throw invalidCombination('Either LaunchTemplateId or LaunchTemplateName may be specified, not both.');
  if (id !== undefined && !/^lt-[0-9a-f]{8}(?:[0-9a-f]{9})?$/.test(id))
    throw new Ec2Error('InvalidLaunchTemplateId.Malformed', `Invalid id: "${id}"`);
  if (!/^(?:\$Latest|\$Default|[1-9]\d*)$/.test(version))
    throw invalidValue(`Invalid launch template version: ${version}`);
  const found = catalog.launchTemplate({ id, name, version });
  if (found === 'no-version')
    throw new Ec2Error(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find launch template version ${version} of ${id ?? name ?? ''}`,
    );
  if (found === 'no-template')
    throw id === undefined
      ? new Ec2Error(
          'InvalidLaunchTemplateName.NotFoundException',
          `The specified launch template, with template name ${name ?? ''}, does not exist.`,
        )
      : new Ec2Error(
          'InvalidLaunchTemplateId.NotFound',
          `The specified launch template, with template ID ${id}, does not exist.`,
        );
  return found;
}

/** @throws Ec2Error InvalidParameterValue for a type that is not in the table. */
function findType(name: string | undefined): InstanceType {
  if (name === undefined) throw missing('InstanceType');
  const type = INSTANCE_TYPES.get(name);
  if (type === undefined) throw invalidValue(`Invalid value '${name}' for InstanceType.`);
  return type;
}

function findImage(catalog: Catalog, reference: string | undefined): Image {
  if (reference === undefined) throw missing('ImageId');
  const parameter = /^resolve:ssm:(.+)$/.exec(reference)?.[1];
  const id = parameter === undefined ? reference : catalog.parameter(parameter);
  if (id === undefined)
    throw invalidValue(`The parameter ${parameter ?? ''} of the image was not found in Parameter Store`);
  if (!/^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
    throw new Ec2Error('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  const image = catalog.image(id);
  if (image === undefined)
    throw new Ec2Error('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  return image;
}

/** Name of the parameter that holds the image's id, when the template names one. */
export function imageParameter(template: LaunchTemplateVersion): string | undefined {
  return /^resolve:ssm:(.+)$/.exec(template.data.ImageId ?? '')?.[1];
}

function architectureMismatch(type: InstanceType, image: Image): Ec2Error {
  return invalidValue(
    `The architecture '${type.architecture}' of the specified instance type does not match the architecture ` +
      `'${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching ` +
      "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the " +
      'architecture of the instance type or AMI.',
  );
}

function findProfile(catalog: Catalog, data: ResponseLaunchTemplateData): InstanceProfile | undefined {
  const reference = data.IamInstanceProfile;
  if (reference === undefined) return undefined;
  const profile = catalog.instanceProfile({ arn: reference.Arn, name: reference.Name });
  if (profile !== undefined) return profile;
  throw reference.Arn === undefined
    ? invalidValue(
        `Value (${reference.Name ?? ''}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
      )
    : invalidValue(
        `Value (${reference.Arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
      );
}

type Interface = InstanceNetworkInterfaceSpecification | LaunchTemplateInstanceNetworkInterfaceSpecification;

/** The subnet, groups and public address. A call may say them for the instance or for its interface, not for both. */
function resolveNetwork(
  catalog: Catalog,
  input: RunInstancesRequest,
  data: ResponseLaunchTemplateData,
): Pick<Launch, 'subnet' | 'securityGroupIds' | 'hasPublicAddress'> {
  const own = oneInterface(input.NetworkInterfaces);
  const inherited = oneInterface(data.NetworkInterfaces);
  const primary = own === undefined && inherited === undefined ? undefined : { ...inherited, ...own };
  if (primary !== undefined && input.SubnetId !== undefined)
    throw invalidCombination(
      'Network interfaces and an instance-level subnet ID may not be specified on the same request',
    );
  if (primary !== undefined && (data.SecurityGroupIds?.length ?? 0) > 0)
    throw invalidCombination(
      'Network interfaces and an instance-level security groups may not be specified on the same request',
    );
  const subnet = findSubnet(catalog, primary?.SubnetId ?? input.SubnetId);
  const securityGroupIds = primary?.Groups ?? data.SecurityGroupIds ?? [];
  for (const id of securityGroupIds)
    if (!catalog.securityGroupExists(id))
      throw new Ec2Error('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  return {
    subnet,
    securityGroupIds,
    hasPublicAddress: primary?.AssociatePublicIpAddress ?? subnet.givesPublicAddress,
  };
}

function oneInterface(list: readonly Interface[] | undefined): Interface | undefined {
  if (list === undefined || list.length === 0) return undefined;
  if (list.length > 1 || (list[0]?.DeviceIndex ?? 0) !== 0)
    throw new Ec2Error(
      'Unsupported',
      'The local EC2 gives an instance one network interface, with device index 0.',
    );
  return list[0];
}

function findSubnet(catalog: Catalog, id: string | undefined): Subnet {
  if (id === undefined)
    throw new Ec2Error('MissingInput', 'No subnets found for the default VPC. Please specify a subnet.');
  const subnet = catalog.subnet(id);
  if (subnet === undefined)
    throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  return subnet;
}

function decodeUserData(encoded: string | undefined): string {
  if (encoded === undefined || encoded === '') return '';
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(encoded))
    throw invalidValue('Invalid BASE64 encoding of user data');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length > USER_DATA_BYTES_MAX)
    throw invalidValue(`User data is limited to ${USER_DATA_BYTES_MAX} bytes`);
  return bytes.toString('utf8');
}

function resolveMetadata({ MetadataOptions: options }: ResponseLaunchTemplateData): MetadataOptions {
  return {
    httpTokens: options?.HttpTokens === 'required' ? 'required' : 'optional',
    hopLimit: options?.HttpPutResponseHopLimit ?? 1,
    tagsEnabled: options?.InstanceMetadataTags === 'enabled',
  };
}

/** The root device of the image, which a mapping may describe, and what the template adds. */
function resolveDevices({ BlockDeviceMappings: mappings }: ResponseLaunchTemplateData): readonly string[] {
  const names = (mappings ?? []).flatMap(({ DeviceName: name }) => name ?? []);
  return [ROOT_DEVICE, ...names.filter((name) => name !== ROOT_DEVICE)];
}

/** Amazon Linux 2023 images. */
const ROOT_DEVICE = '/dev/xvda';
