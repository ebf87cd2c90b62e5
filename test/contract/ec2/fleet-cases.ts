/** CreateFleet of type instant: what it launches, what it says of the rest, and what a token stands for. */
import { expect } from '@jest/globals';
import { CreateFleetCommand, DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { CreateFleetCommandInput, CreateFleetCommandOutput } from '@aws-sdk/client-ec2';
import type { Case } from '../../support/contract.ts';
import { ZONE_A, ZONE_B } from './account.ts';
import type { Account } from './account.ts';
import type { Subject } from './subject.ts';
import { outcomeOf } from './subject.ts';

type Override = readonly [type: 't3.small' | 't3.medium' | 'm7i.large' | 't4g.small', subnet: string];

export function fleetInput(
  account: Account,
  overrides: readonly Override[],
  count: number,
  over: Partial<CreateFleetCommandInput> = {},
): CreateFleetCommandInput {
  return {
    Type: 'instant',
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateId: account.template, Version: '1' },
        Overrides: overrides.map(([InstanceType, SubnetId], Priority) => ({
          InstanceType,
          SubnetId,
          Priority,
        })),
      },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: count, DefaultTargetCapacityType: 'on-demand' },
    OnDemandOptions: { AllocationStrategy: 'prioritized' },
    ...over,
  };
}

const fleet = (
  { client, account }: Subject,
  overrides: readonly Override[],
  count = 1,
  over: Partial<CreateFleetCommandInput> = {},
): Promise<CreateFleetCommandOutput> =>
  client.send(new CreateFleetCommand(fleetInput(account, overrides, count, over)));

const madeBy = ({ Instances = [] }: CreateFleetCommandOutput) =>
  Instances.flatMap(({ InstanceType, InstanceIds = [], LaunchTemplateAndOverrides: from }) =>
    InstanceIds.map(() => `${InstanceType} ${from?.Overrides?.SubnetId}`),
  );
const idsOf = ({ Instances = [] }: CreateFleetCommandOutput) =>
  Instances.flatMap(({ InstanceIds = [] }) => InstanceIds);
const errorsOf = ({ Errors = [] }: CreateFleetCommandOutput) =>
  Errors.map(({ ErrorCode, LaunchTemplateAndOverrides: from }) =>
    [ErrorCode, from?.Overrides?.InstanceType, from?.Overrides?.SubnetId].join(' '),
  );
const ClientToken = 'batch-1';

export const FLEET_CASES: readonly Case<Subject>[] = [
  [
    'launches the override of the highest priority, in one call, with the tags of fleet and template',
    async (subject) => {
      const { subnetA, subnetB } = subject.account;
      const answer = await fleet(
        subject,
        [
          ['t3.medium', subnetB],
          ['t3.small', subnetA],
        ],
        3,
        {
          TagSpecifications: [
            { ResourceType: 'fleet', Tags: [{ Key: 'berth:cluster', Value: 'test' }] },
            { ResourceType: 'instance', Tags: [{ Key: 'berth:intent', Value: 'b-1' }] },
          ],
        },
      );
      expect(answer.FleetId).toMatch(/^fleet-[0-9a-f]{32}$/);
      expect(errorsOf(answer)).toEqual([]);
      expect(madeBy(answer)).toEqual(Array.from({ length: 3 }, () => `t3.medium ${subnetB}`));
      const found = await subject.client.send(
        new DescribeInstancesCommand({ Filters: [{ Name: 'tag:berth:intent', Values: ['b-1'] }] }),
      );
      const instances = found.Reservations!.flatMap(({ Instances = [] }) => Instances);
      expect(instances).toHaveLength(3);
      const tags = Object.fromEntries(instances[0]!.Tags!.map(({ Key, Value }) => [Key!, Value!]));
      expect(tags).toMatchObject({ 'berth:cluster': 'test', 'aws:ec2:fleet-id': answer.FleetId });
      expect(instances[0]!.Placement!.AvailabilityZone).toBe(ZONE_B);
    },
  ],
  [
    'takes the next override where one is short, and says so for each',
    async (subject) => {
      const { subnetA, subnetB } = subject.account;
      const untilMs = subject.clock.nowMs + 60_000;
      subject.model.faults.setCapacity({ instanceType: 't3.small', zone: ZONE_A, untilMs });
      subject.model.faults.setCapacity({ instanceType: 't3.small', zone: ZONE_B, remaining: 1, untilMs });
      const answer = await fleet(
        subject,
        [
          ['t3.small', subnetA],
          ['t3.small', subnetB],
          ['t3.medium', subnetB],
        ],
        3,
      );
      expect(madeBy(answer)).toEqual([`t3.small ${subnetB}`, `t3.medium ${subnetB}`, `t3.medium ${subnetB}`]);
      expect(errorsOf(answer)).toEqual([
        `InsufficientInstanceCapacity t3.small ${subnetA}`,
        `InsufficientInstanceCapacity t3.small ${subnetB}`,
      ]);
    },
  ],
  [
    'launches a part and names what stopped the rest: the account’s limit, an override that cannot be',
    async (subject) => {
      const { subnetA } = subject.account;
      const answer = await fleet(
        subject,
        [
          ['t4g.small', subnetA],
          ['m7i.large', subnetA],
        ],
        20,
      );
      // 32 vCPUs, two each; the template's image is for the other architecture.
      expect(idsOf(answer)).toHaveLength(16);
      expect(errorsOf(answer)).toEqual([
        `InvalidParameterValue t4g.small ${subnetA}`,
        `VcpuLimitExceeded m7i.large ${subnetA}`,
      ]);
    },
  ],
  [
    'answers with errors alone when nothing could be launched',
    async (subject) => {
      const { subnetA } = subject.account;
      subject.model.faults.failNext('RunInstances', { code: 'InsufficientInstanceCapacity', times: 2 });
      const answer = await fleet(
        subject,
        [
          ['t3.small', subnetA],
          ['t3.medium', subnetA],
        ],
        1,
        { ClientToken },
      );
      expect([idsOf(answer), errorsOf(answer).length]).toEqual([[], 2]);
      // The token stands for that answer.
      const again = await fleet(
        subject,
        [
          ['t3.small', subnetA],
          ['t3.medium', subnetA],
        ],
        1,
        { ClientToken },
      );
      expect([idsOf(again), again.FleetId]).toEqual([[], answer.FleetId]);
    },
  ],
  [
    'gives the same answer for the same token, in whatever zone it launched, even when its instances are gone',
    async (subject) => {
      const { subnetA, subnetB } = subject.account;
      const overrides: Override[] = [
        ['t3.small', subnetA],
        ['t3.small', subnetB],
      ];
      subject.model.faults.loseReply('CreateFleet');
      expect(await outcomeOf(fleet(subject, overrides, 2, { ClientToken }))).not.toBe('ok');
      subject.model.faults.setCapacity({
        instanceType: 't3.small',
        zone: ZONE_A,
        untilMs: subject.clock.nowMs + 60_000,
      });
      const again = await fleet(subject, overrides, 2, { ClientToken });
      expect(idsOf(again).toSorted()).toEqual(
        subject.model
          .instances()
          .map(({ id }) => id)
          .toSorted(),
      );
      expect(subject.model.instances()).toHaveLength(2);
      await subject.client.send(new TerminateInstancesCommand({ InstanceIds: idsOf(again) }));
      subject.clock.nowMs += 10_000;
      expect(idsOf(await fleet(subject, overrides, 2, { ClientToken }))).toEqual(idsOf(again));
    },
  ],
  [
    'refuses the same token with other parameters',
    async (subject) => {
      const { subnetA, subnetB } = subject.account;
      await fleet(subject, [['t3.small', subnetA]], 1, { ClientToken });
      for (const [overrides, count] of [
        [[['t3.small', subnetA]], 2],
        [[['t3.small', subnetB]], 1],
        [[['t3.medium', subnetA]], 1],
      ] as const) {
        subject.clock.nowMs += 1000;
        expect(await outcomeOf(fleet(subject, overrides, count, { ClientToken }))).toBe(
          'IdempotentParameterMismatch',
        );
      }
      expect(subject.model.instances()).toHaveLength(1);
    },
  ],
  [
    'refuses what is not modelled or does not exist, and launches nothing',
    async (subject) => {
      const { subnetA, template } = subject.account;
      const config = (reference: object) => ({
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: reference,
            Overrides: [{ InstanceType: 't3.small' as const, SubnetId: subnetA }],
          },
        ],
      });
      const refusals: readonly [string, Partial<CreateFleetCommandInput>][] = [
        ['UnsupportedOperation', { Type: 'maintain' }],
        ['UnsupportedOperation', { OnDemandOptions: { AllocationStrategy: 'lowest-price' } }],
        ['UnknownParameter', { SpotOptions: { AllocationStrategy: 'lowest-price' } }],
        [
          'InvalidLaunchTemplateId.NotFound',
          config({ LaunchTemplateId: 'lt-0123456789abcdef0', Version: '1' }),
        ],
        ['InvalidLaunchTemplateId.VersionNotFound', config({ LaunchTemplateId: template, Version: '9' })],
        ['MissingParameter', config({ LaunchTemplateId: template })],
        [
          'InvalidParameterValue',
          { TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }] },
        ],
        ['InvalidParameterValue', { ClientToken: 'x'.repeat(65) }],
        ['DryRunOperation', { DryRun: true }],
      ];
      for (const [code, over] of refusals) {
        expect([over, await outcomeOf(fleet(subject, [['t3.small', subnetA]], 1, over))]).toEqual([
          over,
          code,
        ]);
        subject.clock.nowMs += 1000;
      }
      expect(subject.model.instances()).toHaveLength(0);
    },
  ],
  [
    'is throttled as launches are: five at once, two a second',
    async (subject) => {
      const { subnetA } = subject.account;
      const ask = () => outcomeOf(fleet(subject, [['t3.small', subnetA]]));
      for (let time = 0; time < 5; time += 1) expect(await ask()).toBe('ok');
      expect(await ask()).toBe('RequestLimitExceeded');
      subject.clock.nowMs += 500;
      expect(await ask()).toBe('ok');
    },
  ],
];
