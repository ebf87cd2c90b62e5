/** Filters, pages, tags and instance types. */
import { expect } from '@jest/globals';
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeVolumesCommand,
  paginateDescribeInstances,
  paginateDescribeNetworkInterfaces,
  paginateDescribeVolumes,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type {
  DescribeInstancesCommandInput,
  DescribeInstanceTypesCommandInput,
  Filter,
  Instance,
  Tag,
} from '@aws-sdk/client-ec2';
import type { Case } from '../../support/contract.ts';
import { ZONE_B } from './account.ts';
import type { Subject } from './subject.ts';
import { launch, launchOne, outcomeOf } from './subject.ts';

async function idsOf({ client }: Subject, input: DescribeInstancesCommandInput): Promise<readonly string[]> {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand(input));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId!));
}

const describe = ({ client }: Subject, input: DescribeInstancesCommandInput) =>
  outcomeOf(client.send(new DescribeInstancesCommand(input)));

const numbered = (count: number, from = 0): Tag[] =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${from + index}`, Value: 'v' }));

export const DESCRIBE_CASES: readonly Case<Subject>[] = [
  [
    'shows volumes and interfaces by their own tags, in pages, for as long as their instance is there',
    async (subject) => {
      const { client, clock, model } = subject;
      const Tags = [{ Key: 'berth:host', Value: 'h-1' }];
      const TagSpecifications = (['volume', 'network-interface'] as const).map((ResourceType) => ({
        ResourceType,
        Tags,
      }));
      const first = await launchOne(subject, { TagSpecifications });
      const second = await launchOne(subject, { TagSpecifications });
      await launchOne(subject);
      const Filters = [{ Name: 'tag:berth:host', Values: ['h-*'] }];
      const seen = async (): Promise<readonly (string | undefined)[][]> => {
        const volumes: (string | undefined)[] = [];
        const interfaces: (string | undefined)[] = [];
        for await (const page of paginateDescribeVolumes({ client }, { Filters }))
          volumes.push(...(page.Volumes ?? []).map(({ VolumeId }) => VolumeId));
        for await (const page of paginateDescribeNetworkInterfaces({ client }, { Filters }))
          interfaces.push(...(page.NetworkInterfaces ?? []).map((one) => one.NetworkInterfaceId));
        return [volumes, interfaces];
      };
      const volumesOf = (one: Instance) => (one.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs?.VolumeId);
      const interfacesOf = (one: Instance) =>
        (one.NetworkInterfaces ?? []).map((each) => each.NetworkInterfaceId);
      const both = [first, second];
      expect(both.flatMap(volumesOf).length).toBeGreaterThanOrEqual(2);
      model.faults.cutPages({ maximum: 1, emptyFirst: true });
      expect(await seen()).toEqual([both.flatMap(volumesOf), both.flatMap(interfacesOf)]);
      await client.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId!] }));
      clock.nowMs += 60_000;
      expect(await seen()).toEqual([volumesOf(second), interfacesOf(second)]);
      const wrong = new DescribeVolumesCommand({ Filters: [{ Name: 'nonsense', Values: ['x'] }] });
      expect(await outcomeOf(client.send(wrong))).toBe('InvalidParameterValue');
    },
  ],
  [
    'filters by every name that is understood, with wildcards, all filters together',
    async (subject) => {
      const tags = [{ Key: 'berth:host', Value: 'h-1*2' }];
      const { InstanceId: one, PrivateIpAddress: address } = await launchOne(subject, {
        ClientToken: 'one',
        TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
      });
      const { InstanceId: two } = await launchOne(subject, {
        InstanceType: 'c7i.large',
        SubnetId: subject.account.subnetB,
      });
      const found = (...Filters: Filter[]) => idsOf(subject, { Filters });
      const by = (Name: string, ...Values: string[]): Filter => ({ Name, Values });
      expect(await found(by('instance-id', one!))).toEqual([one]);
      expect(await found(by('instance-type', 'c7i.*'))).toEqual([two]);
      expect(await found(by('client-token', 'one'))).toEqual([one]);
      expect(await found(by('subnet-id', subject.account.subnetB))).toEqual([two]);
      expect(await found(by('availability-zone', ZONE_B))).toEqual([two]);
      expect(await found(by('private-ip-address', address!))).toEqual([one]);
      expect(await found(by('tag:berth:cluster', 'test'))).toEqual([one, two]);
      expect(await found(by('tag:berth:host', 'h-?\\*2'))).toEqual([one]);
      expect(await found(by('tag:berth:host', 'h-?\\?2'))).toEqual([]);
      expect(await found(by('tag-key', 'berth:host', 'other'))).toEqual([one]);
      expect(await found(by('instance-state-name', 'running', 'stopped'))).toEqual([]);
      expect(await found(by('instance-state-name', 'pending'), by('instance-type', 't3.small'))).toEqual([
        one,
      ]);
      expect(await describe(subject, { Filters: [by('instance-nonsense', 'x')] })).toBe(
        'InvalidParameterValue',
      );
      const many = Array.from({ length: 201 }, (_, index) => String(index));
      expect(await describe(subject, { Filters: [by('instance-id', ...many)] })).toBe('FilterLimitExceeded');
    },
  ],
  [
    'gives pages of 5 to 1000, with a token that belongs to its question',
    async (subject) => {
      const all = await launch(subject, { MinCount: 12, MaxCount: 12 });
      const ids = all.map(({ InstanceId }) => InstanceId!);
      for (const MaxResults of [4, 1001])
        expect(await describe(subject, { MaxResults })).toBe('InvalidParameterValue');
      expect(await describe(subject, { MaxResults: 5, InstanceIds: ids.slice(0, 1) })).toBe(
        'InvalidParameterCombination',
      );
      expect(await describe(subject, { NextToken: 'nonsense' })).toBe('InvalidParameterValue');
      const first = await subject.client.send(new DescribeInstancesCommand({ MaxResults: 5 }));
      const other = { Filters: [{ Name: 'instance-type', Values: ['t3.small'] }] };
      expect(await describe(subject, { ...other, NextToken: first.NextToken })).toBe('InvalidParameterValue');
      const seen: string[] = [];
      for await (const page of paginateDescribeInstances({ client: subject.client, pageSize: 5 }, {}))
        seen.push(
          ...(page.Reservations ?? []).flatMap(({ Instances = [] }) =>
            Instances.map((one) => one.InstanceId!),
          ),
        );
      expect(seen).toEqual(ids);
    },
  ],
  [
    'may give smaller pages than asked for, even an empty one with a token',
    async (subject) => {
      await launch(subject, { MinCount: 5, MaxCount: 5 });
      subject.model.faults.cutPages({ maximum: 2, emptyFirst: true });
      const sizes: number[] = [];
      for await (const page of paginateDescribeInstances({ client: subject.client, pageSize: 100 }, {}))
        sizes.push((page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances).length);
      expect(sizes).toEqual([0, 2, 2, 1]);
    },
  ],
  [
    'tags an instance, a volume and an interface later, up to 50',
    async (subject) => {
      const instance = await launchOne(subject);
      const volume = instance.BlockDeviceMappings![0]!.Ebs!.VolumeId!;
      const tag = (Resources: string[], Tags: Tag[]) =>
        outcomeOf(subject.client.send(new CreateTagsCommand({ Resources, Tags })));
      const id = instance.InstanceId!;
      expect(await tag([id, volume], [{ Key: 'berth:cluster', Value: 'changed' }])).toBe('ok');
      expect(subject.model.tagsOf(id)!.get('berth:cluster')).toBe('changed');
      expect(subject.model.tagsOf(volume)!.get('berth:cluster')).toBe('changed');
      expect(await tag([id], numbered(49))).toBe('ok');
      expect(await tag([id], numbered(1, 49))).toBe('TagLimitExceeded');
      expect(await tag([id], numbered(49))).toBe('ok');
      expect(await tag([id], [{ Key: 'aws:mine', Value: 'v' }])).toBe('InvalidParameterValue');
      expect(await tag([id], [{ Key: 'has space', Value: 'v' }])).toBe('InvalidParameterValue');
      expect(await tag([volume], [{ Key: 'has space', Value: 'v' }])).toBe('ok');
      expect(await tag([id], [{ Key: 'x'.repeat(129), Value: 'v' }])).toBe('InvalidParameterValue');
      expect(await tag([id], [{ Key: 'long', Value: 'x'.repeat(257) }])).toBe('InvalidParameterValue');
      expect(await tag(['i-0123456789abcdef0'], numbered(1))).toBe('InvalidInstanceID.NotFound');
    },
  ],
  [
    'refuses tags at launch that EC2 would refuse',
    async (subject) => {
      const withTags = (Tags: Tag[], ResourceType = 'instance') =>
        outcomeOf(
          launch(subject, { TagSpecifications: [{ ResourceType: ResourceType as 'instance', Tags }] }),
        );
      expect(await withTags([{ Key: 'AWS:mine', Value: 'v' }])).toBe('InvalidParameterValue');
      expect(await withTags(numbered(50))).toBe('TagLimitExceeded');
      expect(await withTags([{ Key: 'a/b', Value: 'v' }])).toBe('InvalidParameterValue');
      expect(await withTags(numbered(1), 'subnet')).toBe('InvalidParameterValue');
      subject.clock.nowMs += 1000;
      expect(await withTags([...numbered(1), ...numbered(1)])).toBe('InvalidParameterValue');
      expect(subject.model.instances()).toHaveLength(0);
      expect(await withTags(numbered(49))).toBe('ok');
    },
  ],
  [
    'knows the sizes of instance types',
    async ({ client }) => {
      const ask = async (input: DescribeInstanceTypesCommandInput) =>
        (await client.send(new DescribeInstanceTypesCommand(input))).InstanceTypes ?? [];
      const [small] = await ask({ InstanceTypes: ['t4g.small'] });
      expect(small).toMatchObject({
        InstanceType: 't4g.small',
        VCpuInfo: { DefaultVCpus: 2, DefaultCores: 2 },
        MemoryInfo: { SizeInMiB: 2048 },
        ProcessorInfo: { SupportedArchitectures: ['arm64'] },
        BurstablePerformanceSupported: true,
      });
      const arm = await ask({
        Filters: [{ Name: 'processor-info.supported-architecture', Values: ['arm64'] }],
      });
      expect(arm.map(({ InstanceType }) => InstanceType)).toContain('c7g.2xlarge');
      expect(arm.map(({ InstanceType }) => InstanceType)).not.toContain('c7i.2xlarge');
      const unknown = ask({ InstanceTypes: ['x9.huge' as 't3.small'] });
      expect(await outcomeOf(unknown)).toBe('InvalidInstanceType');
      expect(await outcomeOf(ask({ MaxResults: 4 }))).toBe('InvalidParameterValue');
    },
  ],
];
