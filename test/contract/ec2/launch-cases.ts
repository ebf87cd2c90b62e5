/** RunInstances: what a launch is made of, and what is refused. */
import { expect } from '@jest/globals';
import { DescribeInstancesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { Case } from '../../support/contract.ts';
import { PROFILE_ARN, ZONE_A, ZONE_B } from './account.ts';
import type { Subject } from './subject.ts';
import { launch, launchInput, launchOne, outcomeOf } from './subject.ts';

export const LAUNCH_CASES: readonly Case<Subject>[] = [
  [
    'launches what the template says',
    async (subject) => {
      const instance = await launchOne(subject);
      expect(instance).toMatchObject({
        ImageId: subject.account.image,
        InstanceType: 't3.small',
        Architecture: 'x86_64',
        State: { Name: 'pending', Code: 0 },
        SubnetId: subject.account.subnetA,
        Placement: { AvailabilityZone: ZONE_A },
        IamInstanceProfile: { Arn: PROFILE_ARN },
        MetadataOptions: {
          HttpTokens: 'required',
          HttpPutResponseHopLimit: 1,
          InstanceMetadataTags: 'enabled',
        },
      });
      expect(instance.LaunchTime!.getTime()).toBe(subject.clock.nowMs);
      expect(instance.InstanceId).toMatch(/^i-[0-9a-f]{17}$/);
      expect(instance.PrivateIpAddress).toBe('10.77.9.11');
      expect(instance.PrivateDnsName).toBe('ip-10-77-9-11.ec2.internal');
      expect(instance.SecurityGroups).toHaveLength(1);
      expect(instance.BlockDeviceMappings).toHaveLength(1);
    },
  ],
  [
    'knows a template by name, and its versions by number, $Latest and $Default',
    async (subject) => {
      const of = async (reference: object) =>
        (await launchOne(subject, { LaunchTemplate: reference })).InstanceType;
      const { template, templateName } = subject.account;
      expect(await of({ LaunchTemplateName: templateName })).toBe('t3.small');
      expect(await of({ LaunchTemplateId: template, Version: '$Default' })).toBe('t3.small');
      expect(await of({ LaunchTemplateId: template, Version: '$Latest' })).toBe('m7i.large');
      expect(await of({ LaunchTemplateId: template, Version: '2' })).toBe('m7i.large');
    },
  ],
  [
    'takes the type of the call before the one of the template',
    async (subject) => {
      const instance = await launchOne(subject, { InstanceType: 'c7i.large' });
      expect(instance.InstanceType).toBe('c7i.large');
    },
  ],
  [
    'tags instance, volume and interface in the same call, the call before the template, and adds EC2’s own',
    async (subject) => {
      const tags = [
        { Key: 'berth:cluster', Value: 'mine' },
        { Key: 'berth:host', Value: 'h1' },
      ];
      const instance = await launchOne(subject, {
        TagSpecifications: ['instance', 'volume', 'network-interface'].map((ResourceType) => ({
          ResourceType: ResourceType as 'instance',
          Tags: tags,
        })),
      });
      const own = Object.fromEntries(instance.Tags!.map(({ Key, Value }) => [Key!, Value!]));
      expect(own).toEqual({
        'aws:ec2launchtemplate:id': subject.account.template,
        'aws:ec2launchtemplate:version': '1',
        'berth:cluster': 'mine',
        'berth:host': 'h1',
      });
      const [volume] = instance.BlockDeviceMappings!;
      const [networkInterface] = instance.NetworkInterfaces!;
      for (const id of [volume!.Ebs!.VolumeId!, networkInterface!.NetworkInterfaceId!])
        expect(Object.fromEntries(subject.model.tagsOf(id)!)).toEqual({
          'berth:cluster': 'mine',
          'berth:host': 'h1',
        });
    },
  ],
  [
    'launches as many as fit between MinCount and MaxCount, in one reservation',
    async (subject) => {
      const untilMs = subject.clock.nowMs + 1000;
      subject.model.faults.setCapacity({ instanceType: 't3.small', zone: ZONE_A, remaining: 2, untilMs });
      expect(await launch(subject, { MinCount: 1, MaxCount: 5 })).toHaveLength(2);
      const described = await subject.client.send(new DescribeInstancesCommand({}));
      expect(described.Reservations).toHaveLength(1);
      expect(described.Reservations![0]!.Instances!.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual([
        0, 1,
      ]);
    },
  ],
  [
    'refuses what does not exist or does not fit, with EC2’s own code, and launches nothing',
    async (subject) => {
      const { template, subnetA, interfaceTemplate } = subject.account;
      const refusals: readonly [code: string, over: Parameters<typeof launchInput>[1]][] = [
        [
          'InvalidLaunchTemplateId.NotFound',
          { LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0' } },
        ],
        ['InvalidLaunchTemplateId.Malformed', { LaunchTemplate: { LaunchTemplateId: 'lt-nonsense' } }],
        ['InvalidLaunchTemplateName.NotFoundException', { LaunchTemplate: { LaunchTemplateName: 'nobody' } }],
        [
          'InvalidLaunchTemplateId.VersionNotFound',
          { LaunchTemplate: { LaunchTemplateId: template, Version: '9' } },
        ],
        ['InvalidSubnetID.NotFound', { SubnetId: 'subnet-0123456789abcdef0' }],
        ['InvalidParameterValue', { InstanceType: 'x9.huge' as 't3.small' }],
        ['InvalidParameterValue', { InstanceType: 't4g.small' }],
        ['InvalidParameterValue', { MinCount: 0 }],
        ['InvalidParameterCombination', { MinCount: 2, MaxCount: 1 }],
        ['InvalidParameterValue', { ClientToken: 'x'.repeat(65) }],
        ['InvalidParameterValue', { ClientToken: 'é' }],
        [
          'InvalidParameterCombination',
          { LaunchTemplate: { LaunchTemplateId: interfaceTemplate }, SubnetId: subnetA },
        ],
        ['UnknownParameter', { KeyName: 'mine' }],
        ['UnknownParameter', { Placement: { AvailabilityZone: ZONE_A } }],
      ];
      for (const [code, over] of refusals) {
        expect([over, await outcomeOf(launch(subject, over))]).toEqual([over, code]);
        subject.clock.nowMs += 1000;
      }
      expect(subject.model.instances()).toHaveLength(0);
    },
  ],
  [
    'takes the subnet with the interface where the template has one',
    async (subject) => {
      const { interfaceTemplate, subnetB } = subject.account;
      const { SubnetId: _subnet, ...input } = launchInput(subject.account, {
        LaunchTemplate: { LaunchTemplateId: interfaceTemplate },
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetB, AssociatePublicIpAddress: true }],
      });
      const { Instances } = await subject.client.send(new RunInstancesCommand(input));
      expect(Instances![0]).toMatchObject({ SubnetId: subnetB, Placement: { AvailabilityZone: ZONE_B } });
      expect(Instances![0]!.PublicIpAddress).toMatch(/^203\.0\.113\./);
    },
  ],
  [
    'has no capacity until the shortage ends',
    async (subject) => {
      const untilMs = subject.clock.nowMs + 5000;
      subject.model.faults.setCapacity({ instanceType: 't3.small', zone: ZONE_A, untilMs });
      expect(await outcomeOf(launch(subject))).toBe('InsufficientInstanceCapacity');
      expect(await outcomeOf(launch(subject, { SubnetId: subject.account.subnetB }))).toBe('ok');
      expect(await outcomeOf(launch(subject, { InstanceType: 't3.large' }))).toBe('ok');
      subject.clock.nowMs = untilMs;
      expect(await outcomeOf(launch(subject))).toBe('ok');
    },
  ],
  [
    'stops at the account’s vCPU limit, and gives back what was terminated',
    async (subject) => {
      const big = { InstanceType: 'm7i.2xlarge' } as const;
      const instances = await launch(subject, { ...big, MinCount: 4, MaxCount: 4 });
      expect(await outcomeOf(launch(subject))).toBe('VcpuLimitExceeded');
      subject.model.fail(instances[0]!.InstanceId!, 'test');
      expect(await outcomeOf(launch(subject, big))).toBe('ok');
    },
  ],
  [
    'says what a dry run would do, and does nothing',
    async (subject) => {
      expect(await outcomeOf(launch(subject, { DryRun: true, ClientToken: 'dry' }))).toBe('DryRunOperation');
      expect(subject.model.instances()).toHaveLength(0);
      expect(await outcomeOf(launch(subject, { ClientToken: 'dry' }))).toBe('ok');
    },
  ],
];
