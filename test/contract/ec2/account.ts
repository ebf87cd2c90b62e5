/** One account for all EC2 tests: two templates, three subnets in two zones, a host role; in memory, or in an emulator. */
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { Catalog } from '../../../local/ec2/model/catalog.ts';
import { createMemoryCatalog } from '../../../local/ec2/model/parts/memory-catalog.ts';
import type { Ministack } from '../../support/ministack.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const USER_DATA = '#!/bin/sh\necho hello\n';
export const ROLE = { name: 'host-role', arn: `arn:aws:iam::${ACCOUNT}:role/host-role` };
export const PROFILE_ARN = `arn:aws:iam::${ACCOUNT}:instance-profile/host-profile`;

/** Ids of what is there. Version 1 of the template is the default; version 2 is a bigger one. */
export interface Account {
  readonly template: string;
  readonly templateName: string;
  /** A template with a network interface, which cannot be used together with a subnet. */
  readonly interfaceTemplate: string;
  /** As version 2 of the template, in a second security group besides. */
  readonly groupsTemplate: string;
  readonly groups: readonly [string, string];
  readonly subnetA: string;
  /** In the same zone as subnetA. */
  readonly subnetA2: string;
  /** In another zone. */
  readonly subnetB: string;
  readonly image: string;
}

export const ZONE_A = 'us-east-1a';
export const ZONE_B = 'us-east-1b';

function templateData(
  image: string,
  group: string,
  instanceType: 't3.small' | 'm7i.large',
): RequestLaunchTemplateData {
  return {
    ImageId: image,
    InstanceType: instanceType,
    IamInstanceProfile: { Arn: PROFILE_ARN },
    UserData: Buffer.from(USER_DATA).toString('base64'),
    SecurityGroupIds: [group],
    MetadataOptions: {
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
      HttpEndpoint: 'enabled',
      InstanceMetadataTags: 'enabled',
    },
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [{ Key: 'berth:cluster', Value: 'test' }] },
      { ResourceType: 'volume', Tags: [{ Key: 'berth:cluster', Value: 'test' }] },
      { ResourceType: 'network-interface', Tags: [{ Key: 'berth:cluster', Value: 'test' }] },
    ],
  };
}

export function memoryAccount(): { readonly account: Account; readonly catalog: Catalog } {
  const account: Account = {
    template: 'lt-0aaaaaaaaaaaaaaaa',
    templateName: 'host',
    interfaceTemplate: 'lt-0bbbbbbbbbbbbbbbb',
    groupsTemplate: 'lt-0dddddddddddddddd',
    groups: ['sg-0cccccccccccccccc', 'sg-0dddddddddddddddd'],
    subnetA: 'subnet-0aaaaaaaaaaaaaaaa',
    subnetA2: 'subnet-0aaaaaaaaaaaaaaab',
    subnetB: 'subnet-0bbbbbbbbbbbbbbbb',
    image: 'ami-0aaaaaaaaaaaaaaaa',
  };
  const [group] = account.groups;
  const { SecurityGroupIds: _groups, ...bare } = templateData(account.image, group, 't3.small');
  const subnet = (id: string, zone: string) => ({
    id,
    vpcId: 'vpc-1',
    zone,
    givesPublicAddress: false,
    tags: {},
  });
  const catalog = createMemoryCatalog({
    launchTemplates: [
      {
        id: account.template,
        name: account.templateName,
        versions: [
          templateData(account.image, group, 't3.small'),
          templateData(account.image, group, 'm7i.large'),
        ],
      },
      {
        id: account.interfaceTemplate,
        name: 'interface',
        versions: [{ ...bare, NetworkInterfaces: [{ DeviceIndex: 0, Groups: [group] }] }],
      },
      {
        id: account.groupsTemplate,
        name: 'groups',
        versions: [{ ...bare, SecurityGroupIds: [...account.groups] }],
      },
    ],
    subnets: [
      subnet(account.subnetA, ZONE_A),
      subnet(account.subnetA2, ZONE_A),
      subnet(account.subnetB, ZONE_B),
    ],
    images: [{ id: account.image, architecture: 'x86_64' }],
    instanceProfiles: [{ arn: PROFILE_ARN, id: 'AIPAAAAAAAAAAAAAAAAAA', name: 'host-profile', role: ROLE }],
    securityGroupIds: account.groups,
  });
  return { account, catalog };
}

/** The same, made in an emulator as its root. */
export async function emulatedAccount(emulator: Ministack): Promise<Account> {
  const root = {
    endpoint: emulator.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  await emulator.query('iam', {
    Action: 'CreateRole',
    RoleName: ROLE.name,
    AssumeRolePolicyDocument: JSON.stringify(trust),
  });
  await emulator.query('iam', { Action: 'CreateInstanceProfile', InstanceProfileName: 'host-profile' });
  await emulator.query('iam', {
    Action: 'AddRoleToInstanceProfile',
    InstanceProfileName: 'host-profile',
    RoleName: ROLE.name,
  });
  const ec2 = new EC2Client(root);
  const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.20.0.0/16' }))).Vpc!.VpcId!;
  const subnet = async (CidrBlock: string, AvailabilityZone: string) =>
    (await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock, AvailabilityZone }))).Subnet!.SubnetId!;
  const groupNamed = async (name: string) =>
    (await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc })))
      .GroupId!;
  const group = await groupNamed('hosts');
  const groups = [group, await groupNamed('web')] as const;
  const registered = await ec2.send(
    new RegisterImageCommand({ Name: 'host', Architecture: 'x86_64', RootDeviceName: '/dev/xvda' }),
  );
  const image = registered.ImageId!;
  const data = templateData(image, group, 't3.small');
  const create = async (name: string, LaunchTemplateData: RequestLaunchTemplateData) =>
    (await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData })))
      .LaunchTemplate!.LaunchTemplateId!;
  const template = await create('host', data);
  await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: template,
      LaunchTemplateData: templateData(image, group, 'm7i.large'),
    }),
  );
  const { SecurityGroupIds: _groups, ...bare } = data;
  const account = {
    image,
    template,
    templateName: 'host',
    interfaceTemplate: await create('interface', {
      ...bare,
      NetworkInterfaces: [{ DeviceIndex: 0, Groups: [group] }],
    }),
    groupsTemplate: await create('groups', { ...bare, SecurityGroupIds: [...groups] }),
    groups,
    subnetA: await subnet('10.20.1.0/24', ZONE_A),
    subnetA2: await subnet('10.20.2.0/24', ZONE_A),
    subnetB: await subnet('10.20.3.0/24', ZONE_B),
  };
  ec2.destroy();
  return account;
}
