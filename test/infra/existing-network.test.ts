/** Hosts in a VPC that is there already: what is taken from context, what the stack then makes, and what it leaves alone. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { App, Stage } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { lookupEnvironment } from '../../infra/config.ts';
import { GROUPS_MAX, readExistingNetwork, SUBNETS_MAX } from '../../infra/existing-network.ts';
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
    const network = { vpc: 'shared', subnets: ['apps-a'], securityGroups: [] };
    expect(() => lookupEnvironment({ network }, { CDK_DEFAULT_REGION: 'eu-west-1' })).toThrow(
      /knows no account and region.*credentials, or write ids/,
    );
  });
});

describe('bad context', () => {
  const read = (context: Record<string, unknown>) => readExistingNetwork(new App({ context }).node);

  it.each([
    [{ subnets: 'subnet-0a1b2c3d' }, /"subnets" is of a VPC that is not named: add -c vpc=/],
    [{ securityGroups: 'sg-0a1b2c3d' }, /"securityGroups" is of a VPC that is not named/],
    [{ vpc: IDS.vpc }, /"vpc" needs the subnets that hosts go into: add -c subnets=/],
    [{ ...IDS, vpc: 'vpc-0a1b2c3d,vpc-1a2b3c4d' }, /"vpc" must name one VPC/],
    [{ ...IDS, vpc: 'vpc-12' }, /"vpc" has "vpc-12", which is no id of its kind: write vpc-\.\.\./],
    [{ ...IDS, vpc: 'subnet-0a1b2c3d' }, /"vpc" has "subnet-0a1b2c3d", which is no id of its kind/],
    [{ ...IDS, subnets: 'sg-0a1b2c3d' }, /"subnets" has "sg-0a1b2c3d", which is no id of its kind/],
    [{ ...IDS, subnets: 'a,,b' }, /"subnets" has "", which is neither subnet-\.\.\./],
    [{ ...IDS, subnets: '' }, /"subnets" has ""/],
    [{ ...IDS, subnets: 'a, a' }, /"subnets" names "a" twice/],
    [{ ...IDS, subnets: "a'b" }, /"subnets" has "a'b"/],
    [{ ...IDS, subnets: ['subnet-0a1b2c3d'] }, /"subnets" must be text/],
    [{ ...IDS, vpc: true }, /"vpc" must be text: -c vpc=/],
    [
      { ...IDS, subnets: Array.from({ length: SUBNETS_MAX + 1 }, (_, index) => `s${index}`).join() },
      /names 21 subnets: at most 20/,
    ],
    [
      { ...IDS, securityGroups: Array.from({ length: GROUPS_MAX + 1 }, (_, index) => `g${index}`).join() },
      /names 4 groups: at most 3/,
    ],
  ])('%j is refused with what to write instead', (context, words) => {
    expect(() => read(context)).toThrow(words);
  });

  it('stops where the bounds are', () => {
    const many = (count: number, of: string) => Array.from({ length: count }, (_, index) => `${of}${index}`);
    const most = {
      vpc: 'shared',
      subnets: many(SUBNETS_MAX, 's').join(),
      securityGroups: many(GROUPS_MAX, 'g').join(),
    };
    expect(read(most)).toEqual({
      vpc: 'shared',
      subnets: many(SUBNETS_MAX, 's'),
      securityGroups: many(GROUPS_MAX, 'g'),
    });
  });
});
