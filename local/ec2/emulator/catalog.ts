/**
 * What one launch refers to, read from the emulator, where CloudFormation made it.
 *
 * Read anew for each launch: a launch is rare, a stale template would be a false answer, and the few calls take
 * some milliseconds on loopback.
 */
import type {
  CreateFleetRequest,
  LaunchTemplateSpecification,
  RunInstancesRequest,
  Tag,
} from '@aws-sdk/client-ec2';
import {
  DescribeImagesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { ROOT_KEYS } from '../../emulator/account.ts';
import type { Catalog, Image, InstanceProfile, LaunchTemplateVersion, Subnet } from '../model/catalog.ts';
import type { EmulatorClient, EmulatorOptions } from './client.ts';

export interface EmulatorCatalog {
  /** Everything that this launch may ask for. What is missing stays missing: the model says how it is refused. */
  read(input: RunInstancesRequest): Promise<Catalog>;
  /** The same for all overrides of a fleet. */
  readFleet(input: CreateFleetRequest): Promise<Catalog>;
  close(): void;
}

export function createEmulatorCatalog(options: EmulatorOptions, client: EmulatorClient): EmulatorCatalog {
  const ec2 = new EC2Client({
    endpoint: options.endpoint,
    region: options.region,
    credentials: ROOT_KEYS,
  });
  const read = async (input: RunInstancesRequest): Promise<Catalog> => {
    const template = await readTemplate(ec2, input.LaunchTemplate);
    const data = typeof template === 'string' ? undefined : template.data;
    const groupIds = [
      ...(data?.SecurityGroupIds ?? []),
      ...[...(data?.NetworkInterfaces ?? []), ...(input.NetworkInterfaces ?? [])].flatMap(
        (one) => one.Groups ?? [],
      ),
    ];
    const subnetId = [input, ...(input.NetworkInterfaces ?? []), ...(data?.NetworkInterfaces ?? [])].find(
      (one) => one.SubnetId !== undefined,
    )?.SubnetId;
    const [subnet, groups, parameter, profile] = await Promise.all([
      readSubnet(ec2, subnetId),
      readGroups(ec2, groupIds),
      readParameter(client, /^resolve:ssm:(.+)$/.exec(data?.ImageId ?? '')?.[1]),
      readProfile(client, data?.IamInstanceProfile?.Arn, data?.IamInstanceProfile?.Name),
    ]);
    const image = await readImage(ec2, parameter ?? data?.ImageId);
    return {
      launchTemplate: () => template,
      subnet: (id) => (id === subnet?.id ? subnet : undefined),
      image: (id) => (id === image?.id ? image : undefined),
      instanceProfile: () => profile,
      securityGroupExists: (id) => groups.has(id),
      parameter: () => parameter,
    };
  };
  return {
    read,
    async readFleet({ LaunchTemplateConfigs: configs = [] }) {
      const subnets = new Map<string, Subnet | undefined>();
      const templates = await Promise.all(
        configs.map(async ({ LaunchTemplateSpecification: LaunchTemplate, Overrides: overrides = [] }) => {
          for (const { SubnetId: id } of overrides)
            if (id !== undefined && !subnets.has(id)) subnets.set(id, await readSubnet(ec2, id));
          return { LaunchTemplate, catalog: await read({ LaunchTemplate, MinCount: 1, MaxCount: 1 }) };
        }),
      );
      return together(templates, subnets);
    },
    close: () => ec2.destroy(),
  };
}

interface TemplateParts {
  readonly LaunchTemplate: LaunchTemplateSpecification | undefined;
  readonly catalog: Catalog;
}

/** One catalog of several templates. */
function together(
  parts: readonly TemplateParts[],
  subnets: ReadonlyMap<string, Subnet | undefined>,
): Catalog {
  const first = <T>(look: (catalog: Catalog) => T | undefined): T | undefined => {
    for (const { catalog } of parts) {
      const found = look(catalog);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    launchTemplate: (query) => {
      const found = parts.find(({ LaunchTemplate, catalog }) => {
        const { LaunchTemplateId: id, LaunchTemplateName: name } = LaunchTemplate ?? {};
        const known = catalog.launchTemplate(query);
        return (
          (query.id !== undefined && query.id === id) ||
          (query.name !== undefined && query.name === name) ||
          (typeof known !== 'string' && known.id === query.id)
        );
      });
      return found?.catalog.launchTemplate(query) ?? 'no-template';
    },
    subnet: (id) => subnets.get(id),
    image: (id) => first((catalog) => catalog.image(id)),
    instanceProfile: (reference) =>
      first((catalog) => {
        const profile = catalog.instanceProfile(reference);
        const fits =
          reference.arn === undefined ? profile?.name === reference.name : profile?.arn === reference.arn;
        return fits ? profile : undefined;
      }),
    securityGroupExists: (id) => parts.some(({ catalog }) => catalog.securityGroupExists(id)),
    parameter: (name) => first((catalog) => catalog.parameter(name)),
  };
}

/** Undefined when the emulator says that the thing does not exist. */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const text = error instanceof Error ? `${error.name} ${error.message}` : '';
    if (/NotFound|NoSuchEntity|Malformed/.test(text)) return undefined;
    throw error;
  }
}

async function readTemplate(
  ec2: EC2Client,
  reference: LaunchTemplateSpecification | undefined,
): Promise<LaunchTemplateVersion | 'no-template' | 'no-version'> {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version: version = '$Default' } = reference ?? {};
  if ((id === undefined) === (name === undefined)) return 'no-template';
  const described = await unlessMissing(
    ec2.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: id,
        LaunchTemplateName: name,
        Versions: [version],
      }),
    ),
  );
  if (described === undefined) return 'no-template';
  const found = described.LaunchTemplateVersions?.[0];
  if (found?.LaunchTemplateId === undefined) return 'no-version';
  const templates = await ec2.send(
    new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [found.LaunchTemplateId] }),
  );
  return {
    id: found.LaunchTemplateId,
    name: found.LaunchTemplateName ?? '',
    version: found.VersionNumber ?? 0,
    data: found.LaunchTemplateData ?? {},
    tags: toRecord(templates.LaunchTemplates?.[0]?.Tags),
  };
}

async function readSubnet(ec2: EC2Client, id: string | undefined): Promise<Subnet | undefined> {
  if (id === undefined) return undefined;
  const found = await unlessMissing(ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] })));
  const subnet = found?.Subnets?.[0];
  return (
    subnet && {
      id,
      vpcId: subnet.VpcId ?? '',
      zone: subnet.AvailabilityZone ?? '',
      givesPublicAddress: subnet.MapPublicIpOnLaunch === true,
      tags: toRecord(subnet.Tags),
    }
  );
}

async function readGroups(ec2: EC2Client, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const found = await unlessMissing(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [...ids] })));
  return new Set(found?.SecurityGroups?.flatMap((group) => group.GroupId ?? []));
}

async function readParameter(client: EmulatorClient, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const found = await unlessMissing(client.json('ssm', 'AmazonSSM.GetParameter', { Name: name }));
  return (found as { readonly Parameter?: { readonly Value: string } } | undefined)?.Parameter?.Value;
}

async function readImage(ec2: EC2Client, id: string | undefined): Promise<Image | undefined> {
  if (id === undefined) return undefined;
  const listed = await unlessMissing(ec2.send(new DescribeImagesCommand({ ImageIds: [id] })));
  const architecture = listed?.Images?.[0]?.Architecture;
  return architecture === 'x86_64' || architecture === 'arm64' ? { id, architecture } : undefined;
}

/** The parts of IAM's GetInstanceProfile that are read. */
interface ProfileReply {
  readonly InstanceProfile: {
    readonly Arn: string;
    readonly InstanceProfileId: string;
    readonly InstanceProfileName: string;
    readonly Roles: '' | { readonly member?: readonly { readonly RoleName: string; readonly Arn: string }[] };
  };
}

async function readProfile(
  client: EmulatorClient,
  arn: string | undefined,
  name = arn?.split('/').at(-1),
): Promise<InstanceProfile | undefined> {
  if (name === undefined) return undefined;
  const reply = (await unlessMissing(
    client.query('iam', '2010-05-08', { Action: 'GetInstanceProfile', InstanceProfileName: name }),
  )) as ProfileReply | undefined;
  const profile = reply?.InstanceProfile;
  if (profile === undefined || (arn !== undefined && profile.Arn !== arn)) return undefined;
  const role = profile.Roles === '' ? undefined : profile.Roles.member?.[0];
  return {
    arn: profile.Arn,
    id: profile.InstanceProfileId,
    name: profile.InstanceProfileName,
    role: role && { name: role.RoleName, arn: role.Arn },
  };
}

function toRecord(tags: readonly Tag[] | undefined) {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}
