/** Hosts in a VPC that is there already: what is taken from context, what the stack then makes, and what it leaves alone. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Stage } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { lookupEnvironment } from '../../infra/config.ts';
import {
  GROUPS_MAX,
  NAMED_GROUPS_MAX,
  POLICY_SUBNETS_MAX,
  SUBNETS_MAX,
  SUBNETS_PER_NAME,
} from '../../infra/existing-network.ts';
import { berthStack, templateOf } from '../support/berth-stack.ts';
import { onlyOf, render, resourcesOf } from '../support/berth-template.ts';
import type { TemplateShape } from '../support/berth-template.ts';
import { grantsByRole } from '../support/template-grants.ts';

const IDS = {
  vpc: 'vpc-0a1b2c3d4e5f60718',
  subnets: 'subnet-0a1b2c3d, subnet-1a2b3c4d',
  securityGroups: 'sg-0a1b2c3d',
};
const NAMES = { vpc: 'shared', subnets: 'apps-a,team/apps-b', securityGroups: 'apps' };

/** Of what a network of one's own is made. */
const MADE = [
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
  'AWS::EC2::RouteTable',
  'AWS::EC2::Route',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCEndpoint',
];
const madeIn = ({ Resources }: TemplateShape): readonly string[] =>
  MADE.filter((type) => Object.values(Resources).some(({ Type }) => Type === type));

function subnetsOf(template: TemplateShape): unknown {
  const { Environment } = resourcesOf(template, 'AWS::Lambda::Function')['Provision']!.Properties as {
    Environment: { Variables: Record<string, unknown> };
  };
  return Environment.Variables['SUBNET_IDS'];
}
const groupsOf = (template: TemplateShape): readonly (readonly string[])[] =>
  Object.values(resourcesOf(template, 'AWS::EC2::LaunchTemplate')).map(({ Properties }) =>
    (Properties['LaunchTemplateData'] as { SecurityGroupIds: unknown[] }).SecurityGroupIds.map(render),
  );
const berthTemplate = (context?: Record<string, unknown>): TemplateShape => templateOf(berthStack(context));
const launchesOf = (template: TemplateShape): readonly string[] =>
  grantsByRole(template)['ProvisionRole']!.filter(
    (line) => /^ec2:(?:RunInstances|CreateFleet)/.test(line) && line.includes(':subnet/'),
  );

describe('without context', () => {
  it('the stack makes a network, and is tied to no account', () => {
    expect(madeIn(berthTemplate())).toEqual(MADE);
    expect(lookupEnvironment({ network: null }, {})).toEqual({});
  });
});

describe('by ids', () => {
  const template = berthTemplate(IDS);

  it('no VPC is made, and nothing of that one is changed', () => {
    expect(madeIn(template)).toEqual([]);
    const types = new Set(Object.values(template.Resources).map(({ Type }) => Type));
    expect([...types].filter((type) => type.startsWith('AWS::EC2::')).toSorted()).toEqual([
      'AWS::EC2::LaunchTemplate',
      'AWS::EC2::SecurityGroup',
    ]);
  });

  it('hosts go into those subnets, in those groups besides Berth’s own, which are made there', () => {
    expect(subnetsOf(template)).toBe('subnet-0a1b2c3d,subnet-1a2b3c4d');
    const groups = ['{NetworkHosts.GroupId}', '{NetworkContainerPorts.GroupId}', 'sg-0a1b2c3d'];
    expect(groupsOf(template)).toEqual([groups, groups]);
    const made = Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroup'));
    expect(made.map(({ Properties }) => Properties['VpcId'])).toEqual([IDS.vpc, IDS.vpc]);
  });

  it('names are answered there', () => {
    const zone = onlyOf(template, 'AWS::Route53::HostedZone').Properties;
    expect(zone['VPCs']).toEqual([{ VPCId: IDS.vpc, VPCRegion: { Ref: 'AWS::Region' } }]);
    expect(render(template.Outputs['VpcId']!.Value)).toBe(IDS.vpc);
  });

  it('launches are granted in those subnets and groups, and nowhere else', () => {
    const lines = launchesOf(template);
    expect(lines).toHaveLength(2);
    const ec2 = 'arn:aws:ec2:REGION:ACCOUNT';
    for (const line of lines) {
      const named = [...line.matchAll(/\S*:(?:subnet|security-group)\/\S*/g)].map(([arn]) => arn);
      expect(named.toSorted()).toEqual([
        `${ec2}:security-group/sg-0a1b2c3d`,
        `${ec2}:security-group/{NetworkContainerPorts.GroupId}`,
        `${ec2}:security-group/{NetworkHosts.GroupId}`,
        `${ec2}:subnet/subnet-0a1b2c3d`,
        `${ec2}:subnet/subnet-1a2b3c4d`,
      ]);
    }
  });

  it('nothing is looked up, so it works without an account, and cdk-nag finds nothing', () => {
    const stack = berthStack(IDS);
    expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
    expect(Stage.of(stack)!.synth().manifest.missing ?? []).toEqual([]);
    expect(stack.environment).toBe('aws://unknown-account/unknown-region');
  });
});

/** What stands there once it is deployed, as long as it may be: ids, and the longest name of a region. */
function known(value: unknown): unknown {
  const intrinsic = value as {
    Ref?: string;
    'Fn::GetAtt'?: string[];
    'Fn::Join'?: [string, unknown[]];
  } | null;
  const [joint, parts] = intrinsic?.['Fn::Join'] ?? [];
  if (parts !== undefined) return parts.map(known).join(joint);
  if (intrinsic?.Ref === 'AWS::Partition') return 'aws';
  if (intrinsic?.Ref === 'AWS::Region') return 'ap-southeast-1';
  if (intrinsic?.Ref === 'AWS::AccountId') return '111122223333';
  if (intrinsic?.Ref?.startsWith('LaunchTemplates') === true) return 'lt-00000000000000000';
  const [name = '', attribute] = intrinsic?.['Fn::GetAtt'] ?? [];
  if (attribute === 'GroupId') return 'sg-00000000000000000';
  return attribute === undefined
    ? value
    : `arn:aws:service:ap-southeast-1:111122223333:berth-berth-${name}-0123456789AB`;
}

describe('groups that pools name', () => {
  const NAMED = { 'securityGroups.web': 'sg-1a2b3c4d,sg-0a1b2c3d', 'securityGroups.db-2': 'sg-2a2b3c4d' };
  const own = ['{NetworkHosts.GroupId}', '{NetworkContainerPorts.GroupId}'];

  it('have a pair of templates of their own, which differs in its groups alone', () => {
    const template = berthTemplate({ ...IDS, ...NAMED });
    const templates = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
    expect(groupsOf(template)).toEqual(
      [['sg-0a1b2c3d'], ['sg-2a2b3c4d'], ['sg-1a2b3c4d', 'sg-0a1b2c3d']].flatMap((more) => [
        [...own, ...more],
        [...own, ...more],
      ]),
    );
    const dataOf = (id: string): object => {
      const { SecurityGroupIds: _, ...data } = templates[id]!.Properties['LaunchTemplateData'] as Record<
        string,
        unknown
      >;
      return data;
    };
    for (const name of ['Groupsdb2', 'Groupsweb'])
      for (const kind of ['X86', 'Arm'])
        expect(dataOf(`LaunchTemplates${name}${kind}`)).toEqual(dataOf(`LaunchTemplates${kind}`));
  });

  it('are told to who launches and to who takes pools in', () => {
    const functions = resourcesOf(berthTemplate({ ...IDS, ...NAMED }), 'AWS::Lambda::Function');
    const variable = (name: string, key: string) =>
      render(
        (functions[name]!.Properties['Environment'] as { Variables: Record<string, unknown> }).Variables[key],
      );
    expect(JSON.parse(variable('Api', 'SECURITY_GROUPS'))).toEqual(['db-2', 'web']);
    expect(JSON.parse(variable('Provision', 'TEMPLATES_BY_GROUPS'))).toEqual({
      'db-2': { x86_64: '{LaunchTemplatesGroupsdb2X86}', arm64: '{LaunchTemplatesGroupsdb2Arm}' },
      web: { x86_64: '{LaunchTemplatesGroupswebX86}', arm64: '{LaunchTemplatesGroupswebArm}' },
    });
  });

  it('are granted to launches, each once, with their templates, and no others', () => {
    const lines = grantsByRole(berthTemplate({ ...IDS, ...NAMED }))['ProvisionRole']!;
    const named = (line: string, kind: string) =>
      [...line.matchAll(new RegExp(`:${kind}/([^\\s"|\\],]+)`, 'g'))].map(([, id]) => id).toSorted();
    const launches = lines.filter((line) => /^ec2:(?:RunInstances|CreateFleet)/.test(line));
    for (const line of launches.filter((one) => one.includes(':subnet/')))
      expect(named(line, 'security-group')).toEqual(
        ['sg-0a1b2c3d', 'sg-1a2b3c4d', 'sg-2a2b3c4d', ...own].toSorted(),
      );
    const templates = ['', 'Groupsdb2', 'Groupsweb'].flatMap((name) => [
      `{LaunchTemplates${name}X86}`,
      `{LaunchTemplates${name}Arm}`,
    ]);
    const withTemplates = launches.filter((one) => one.includes(':launch-template/'));
    expect(withTemplates.length).toBeGreaterThan(2);
    for (const line of withTemplates) expect(named(line, 'launch-template')).toEqual(templates.toSorted());
  });

  it('are no finding of cdk-nag', () => {
    const stack = berthStack({ ...IDS, ...NAMED });
    expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
  });

  it.each(
    Array.from({ length: NAMED_GROUPS_MAX + 1 }, (_, names): [number, number] => [
      names,
      Math.min(SUBNETS_MAX, POLICY_SUBNETS_MAX - names * SUBNETS_PER_NAME),
    ]),
  )('%i names and %i subnets fit into one policy', (names, subnets) => {
    const ids = (kind: string, from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `${kind}-${String(from + index).padStart(17, '0')}`).join(
        ',',
      );
    const sets = Object.fromEntries(
      Array.from({ length: names }, (_, index) => [
        `securityGroups.n${index}`,
        ids('sg', 10 * (index + 1), GROUPS_MAX),
      ]),
    );
    const template = berthTemplate({
      ...{ vpc: IDS.vpc, subnets: ids('subnet', 1, subnets), securityGroups: ids('sg', 1, GROUPS_MAX) },
      ...sets,
    });
    const role = resourcesOf(template, 'AWS::IAM::Role')['ProvisionRole']!;
    const text = JSON.stringify(role.Properties['Policies'], (_, value: unknown) => known(value));
    // IAM User Guide, "IAM and AWS STS quotas": inline policies of a role together, without white space.

    expect(text.length).toBeLessThan(10_240);
  });
});

describe('by names', () => {
  // The CDK warns of the stand-in that it has for a VPC until that is looked up.
  beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => undefined));
  afterEach(() => void jest.restoreAllMocks());

  /** What the CDK command answers to what is looked up. */
  const ANSWERS: Readonly<Record<string, unknown>> = {
    'vpc-provider': {
      vpcId: 'vpc-11112222',
      vpcCidrBlock: '10.0.0.0/16',
      ownerAccountId: '111122223333',
      availabilityZones: [],
      subnetGroups: ['apps-a', 'team/apps-b', 'databases'].map((name, index) => ({
        name,
        type: 'Private',
        subnets: ['a', 'b'].map((zone) => ({
          subnetId: `subnet-${index}0000${zone}`,
          cidr: '10.0.0.0/24',
          availabilityZone: `eu-west-1${zone}`,
          routeTableId: 'rtb-1',
        })),
      })),
    },
    'security-group': { securityGroupId: 'sg-99998888', allowAllOutbound: false },
  };

  const missingOf = (context: Record<string, unknown>) =>
    Stage.of(berthStack(context))!.synth().manifest.missing ?? [];

  function lookedUp(context: Record<string, unknown>): Record<string, unknown> {
    let known = context;
    // The group is looked up in the VPC that was looked up before.
    for (let round = 0; round < 3; round += 1) {
      const missing = missingOf(known);
      if (missing.length === 0) return known;
      const found = missing.map(({ key, provider }) => [key, ANSWERS[provider]] as const);
      known = { ...known, ...Object.fromEntries(found) };
    }
    throw new Error('it never knows enough');
  }

  it('the CDK command looks them up: the VPC and subnets by tag Name, groups by their name', () => {
    const first = missingOf(NAMES);
    const vpc = first.map(({ props }) => props).find((props) => 'subnetGroupNameTag' in props);
    expect(vpc).toMatchObject({
      account: '111122223333',
      region: 'eu-west-1',
      filter: { 'tag:Name': 'shared' },
      subnetGroupNameTag: 'Name',
    });
    const template = berthTemplate(lookedUp(NAMES));
    expect(madeIn(template)).toEqual([]);
    expect(subnetsOf(template)).toBe('subnet-00000a,subnet-00000b,subnet-10000a,subnet-10000b');
    expect(groupsOf(template)[0]).toContain('sg-99998888');
    expect(render(template.Outputs['VpcId']!.Value)).toBe('vpc-11112222');
    for (const line of launchesOf(template)) expect(line).not.toContain('subnet-20000a');
  });

  it('cdk-nag finds nothing, in the first run of the app and once they are looked up', () => {
    for (const stack of [berthStack(NAMES), berthStack(lookedUp(NAMES))]) {
      expect(stack.environment).toBe('aws://111122223333/eu-west-1');
      expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
    }
  });

  it('a name that the VPC has not is told with those that it has', () => {
    expect(() => berthTemplate(lookedUp({ ...NAMES, subnets: 'apps-c' }))).toThrow(
      /no subnet groups with name 'apps-c'.*apps-a.*databases/,
    );
  });

  it('may be mixed with ids', () => {
    const template = berthTemplate(lookedUp({ vpc: IDS.vpc, subnets: 'apps-a,subnet-0a1b2c3d' }));
    expect(subnetsOf(template)).toBe('subnet-00000a,subnet-00000b,subnet-0a1b2c3d');
  });

  it('need an account to be looked up in', () => {
    const network = { vpc: 'shared', subnets: ['apps-a'], securityGroups: [], groupsByName: {} };
    expect(() => lookupEnvironment({ network }, { CDK_DEFAULT_REGION: 'eu-west-1' })).toThrow(
      /knows no account and region.*credentials, or write ids/,
    );
  });
});
