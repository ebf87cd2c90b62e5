import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { WITNESS_PORT as PORT_OF_AGENT } from '../../agent/neighbours/witness-port.ts';
import {
  HOST_PORTS as CONTRACT_PORTS,
  WITNESS_PORT as PORT_OF_CONTRACT,
} from '../../contract/agent-protocol.ts';
import { CLUSTER_TAG as TAG_OF_LAUNCHES } from '../../functions/adapters/ec2/tags.ts';
import { CLUSTER_TAG, HOST_PORTS, WITNESS_PORT } from '../../infra/config.ts';
import { berthTemplate, onlyOf, render, resourcesOf } from '../support/berth-template.ts';

const template = berthTemplate();
const launchTemplates = Object.entries(resourcesOf(template, 'AWS::EC2::LaunchTemplate')).map(
  ([id, { Properties }]) => [id, Properties['LaunchTemplateData'] as Record<string, unknown>] as const,
);
const userData = (data: Record<string, unknown>) => render(data['UserData']);

describe('launch templates', () => {
  it('are one an architecture, with the image that AWS recommends when the stack is deployed', () => {
    expect(launchTemplates.map(([id, data]) => [id, render(data['ImageId'])])).toEqual([
      ['LaunchTemplatesX86', '{HostImageX86}'],
      ['LaunchTemplatesArm', '{HostImageArm}'],
    ]);
    const image = (name: string) => template.Parameters[name];
    const prefix = '/aws/service/ecs/optimized-ami/amazon-linux-2023';
    expect(image('HostImageX86')).toMatchObject({
      Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
      Default: `${prefix}/recommended/image_id`,
    });
    expect(image('HostImageArm')).toMatchObject({ Default: `${prefix}/arm64/recommended/image_id` });
  });

  it.each(launchTemplates)('%s lets containers reach no metadata, and gives hosts their tags', (_, data) => {
    expect(data['MetadataOptions']).toEqual({
      HttpEndpoint: 'enabled',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: 'enabled',
    });
  });

  it.each(launchTemplates)('%s names no interface and no subnet: RunInstances does', (_, data) => {
    expect(data).not.toHaveProperty('NetworkInterfaces');
    expect(data).not.toHaveProperty('KeyName');
    expect((data['SecurityGroupIds'] as unknown[]).map(render)).toEqual([
      '{NetworkHosts.GroupId}',
      '{NetworkContainerPorts.GroupId}',
    ]);
    expect(render((data['IamInstanceProfile'] as { Arn: unknown }).Arn)).toBe('{HostProfile.Arn}');
  });

  it.each(launchTemplates)('%s tags all that a launch makes, and encrypts its disk', (_, data) => {
    const tags = data['TagSpecifications'] as {
      ResourceType: string;
      Tags: { Key: string; Value: string }[];
    }[];
    expect(tags.map(({ ResourceType }) => ResourceType)).toEqual(['instance', 'volume', 'network-interface']);
    for (const { Tags } of tags) expect(Tags).toContainEqual({ Key: CLUSTER_TAG, Value: 'berth' });
    expect(data['Monitoring']).toEqual({ Enabled: false });
    expect(data['BlockDeviceMappings']).toEqual([
      {
        DeviceName: '/dev/xvda',
        Ebs: { VolumeType: 'gp3', VolumeSize: 30, Encrypted: true, DeleteOnTermination: true },
      },
    ]);
  });

  it('and launches agree on the owner tag', () => {
    expect(CLUSTER_TAG).toBe(TAG_OF_LAUNCHES);
  });
});

describe('user data', () => {
  it.each(launchTemplates)(
    'of %s is a script that bash can read, under 16 KB, with nothing left to fill in',
    (_, data) => {
      const script = userData(data);
      execFileSync('bash', ['-n'], { input: script });
      expect(Buffer.byteLength(script)).toBeLessThan(16 * 1024);
      expect(script).not.toMatch(/@[A-Z0-9_]+@/);
      expect(script.startsWith('#!/bin/bash\n')).toBe(true);
    },
  );

  it('of the two differs in the archive and nowhere else', () => {
    const [x86, arm] = launchTemplates.map(([, data]) => userData(data).split('\n'));
    const differing = x86!.filter((line, index) => line !== arm![index]);
    expect(differing.map((line) => line.split('=')[0])).toEqual(['readonly sha256', 'readonly key']);
  });

  it('holds no key and hands none over as an argument', () => {
    for (const [, data] of launchTemplates) {
      const script = userData(data);
      expect(script).not.toMatch(/AKIA|ASIA|aws_secret/i);
      // What names a secret stands in a here-document or a here-string, never on a command line.
      const commandLines = script.split('\n').filter((line) => /^\s*(?:curl|retrying)\b/.test(line));
      expect(commandLines.filter((line) => /credential|\$token|SecretAccessKey/.test(line))).toEqual([]);
    }
  });
});

describe('the published agent', () => {
  const functions = Object.entries(resourcesOf(template, 'AWS::Lambda::Function'));
  const releases = functions.flatMap(([id, { Properties }]) => {
    const { Variables = {} } = (Properties['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
    return 'AGENT_RELEASE' in Variables ? [[id, render(Variables['AGENT_RELEASE'])] as const] : [];
  });

  it('is told to the two functions that decide about it, as they read it', () => {
    expect(releases.map(([id]) => id).toSorted()).toEqual(['Reconcile', 'Tick']);
    const [one, two] = releases.map(([, text]) => text);
    expect(one).toBe(two);
    const bucket = expect.stringMatching(/^cdk-hnb659fds-assets-/);
    const place = { bucket, key: expect.stringMatching(/^[0-9a-f]{64}\.gz$/) };
    expect(JSON.parse(one!)).toEqual({
      version: '1-test',
      archives: {
        x86_64: { ...place, sha256: 'a'.repeat(64) },
        arm64: { ...place, sha256: 'b'.repeat(64) },
      },
    });
  });

  it('is what hosts boot with', () => {
    const { archives } = JSON.parse(releases[0]![1]) as { archives: Record<string, { key: string }> };
    const keys = launchTemplates.map(([, data]) => /readonly key='([^']*)'/.exec(userData(data))?.[1]);
    expect(keys).toEqual([archives['x86_64']?.key, archives['arm64']?.key]);
  });

  it('is started by the script that came with the first one', () => {
    for (const [, data] of launchTemplates) {
      expect(userData(data)).toContain('\nExecStart=/opt/berth/launch --config /etc/berth/agent.json\n');
      expect(userData(data)).toContain('"home":"/opt/berth"');
    }
  });
});

describe('the network', () => {
  const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup');

  it('lets nobody in from outside, and hosts reach container ports of hosts', () => {
    expect(groups['NetworkHosts']!.Properties).not.toHaveProperty('SecurityGroupIngress');
    const ingress = groups['NetworkContainerPorts']!.Properties['SecurityGroupIngress'] as Record<
      string,
      unknown
    >[];
    const rules = ingress.map((rule) => [
      rule['IpProtocol'],
      rule['FromPort'],
      rule['ToPort'],
      render(rule['SourceSecurityGroupId']),
    ]);
    expect(rules).toEqual([
      ['tcp', HOST_PORTS.first, HOST_PORTS.last, '{NetworkHosts.GroupId}'],
      ['udp', HOST_PORTS.first, HOST_PORTS.last, '{NetworkHosts.GroupId}'],
      ['tcp', WITNESS_PORT, WITNESS_PORT, '{NetworkHosts.GroupId}'],
    ]);
    expect(ingress.filter((rule) => 'CidrIp' in rule || 'CidrIpv6' in rule)).toEqual([]);
    expect(Object.keys(groups)).toHaveLength(2);
    expect(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress')).toEqual({});
  });

  it('opens the ports that Berth hands out, and one that it does not, for witnesses', () => {
    expect(HOST_PORTS).toEqual(CONTRACT_PORTS);
    expect([WITNESS_PORT, PORT_OF_AGENT]).toEqual([PORT_OF_CONTRACT, PORT_OF_CONTRACT]);
    const isHandedOut = (port: number) => port >= HOST_PORTS.first && port <= HOST_PORTS.last;
    expect(isHandedOut(WITNESS_PORT)).toBe(false);
  });

  it('answers names of its private zone', () => {
    expect(onlyOf(template, 'AWS::EC2::VPC').Properties).toMatchObject({
      EnableDnsHostnames: true,
      EnableDnsSupport: true,
    });
    const zone = onlyOf(template, 'AWS::Route53::HostedZone').Properties;
    expect(zone['Name']).toBe('berth.internal.');
    expect(zone['VPCs']).toMatchObject([{ VPCId: { Ref: expect.stringMatching(/^NetworkVpc/) } }]);
  });

  it('gives hosts a public address and the way out', () => {
    const subnets = Object.values(resourcesOf(template, 'AWS::EC2::Subnet'));
    expect(subnets).toHaveLength(2);
    for (const { Properties } of subnets) expect(Properties['MapPublicIpOnLaunch']).toBe(true);
  });
});

describe('the table', () => {
  const table = onlyOf(template, 'AWS::DynamoDB::Table');

  it('is kept, protected and restorable, and costs nothing idle', () => {
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
    // Encrypted with the key that DynamoDB owns.
    expect(table.Properties['SSESpecification']).toEqual({ SSEEnabled: false });
    expect(table.Properties).not.toHaveProperty('GlobalSecondaryIndexes');
  });
});
