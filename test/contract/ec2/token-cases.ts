/** Client tokens: once for each zone. */
import { expect } from '@jest/globals';
import { DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Case } from '../../support/contract.ts';
import type { Subject } from './subject.ts';
import { launch, launchOne, outcomeOf } from './subject.ts';

const ClientToken = 'intent-1';
const DAY_MS = 24 * 3600_000;

export const TOKEN_CASES: readonly Case<Subject>[] = [
  [
    'gives the same instance for the same token and parameters, as it is by now',
    async (subject) => {
      const first = await launchOne(subject, { ClientToken });
      subject.clock.nowMs += 1000;
      const again = await launchOne(subject, { ClientToken });
      expect(again.InstanceId).toBe(first.InstanceId);
      expect(again.State!.Name).toBe('running');
      expect(subject.model.instances()).toHaveLength(1);
    },
  ],
  [
    'refuses the same token with other parameters',
    async (subject) => {
      await launchOne(subject, { ClientToken });
      const { subnetA2, templateName } = subject.account;
      const others = [
        { InstanceType: 't3.large' as const },
        { MaxCount: 2 },
        { SubnetId: subnetA2 },
        { LaunchTemplate: { LaunchTemplateName: templateName, Version: '1' } },
        { TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'a', Value: 'b' }] }] },
      ];
      for (const over of others) {
        expect(await outcomeOf(launch(subject, { ClientToken, ...over }))).toBe(
          'IdempotentParameterMismatch',
        );
        subject.clock.nowMs += 1000;
      }
      expect(subject.model.instances()).toHaveLength(1);
    },
  ],
  [
    'makes a second instance, without a word, for the same token in another zone',
    async (subject) => {
      const first = await launchOne(subject, { ClientToken });
      const second = await launchOne(subject, { ClientToken, SubnetId: subject.account.subnetB });
      expect(second.InstanceId).not.toBe(first.InstanceId);
      const found = await subject.client.send(
        new DescribeInstancesCommand({ Filters: [{ Name: 'client-token', Values: [ClientToken] }] }),
      );
      expect(found.Reservations).toHaveLength(2);
    },
  ],
  [
    'refuses the token of a terminated instance, for a day',
    async (subject) => {
      const { InstanceId } = await launchOne(subject, { ClientToken });
      await subject.client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
      expect((await launchOne(subject, { ClientToken })).State!.Name).toBe('shutting-down');
      subject.clock.nowMs += 2000;
      expect(await outcomeOf(launch(subject, { ClientToken }))).toBe('IdempotentInstanceTerminated');
      subject.clock.nowMs += DAY_MS - 1;
      expect(await outcomeOf(launch(subject, { ClientToken }))).toBe('IdempotentInstanceTerminated');
      subject.clock.nowMs += 1;
      expect(await outcomeOf(launch(subject, { ClientToken }))).toBe('ok');
    },
  ],
  [
    'leaves the token unused when the launch failed',
    async (subject) => {
      subject.model.faults.failNext('RunInstances', { code: 'InsufficientInstanceCapacity' });
      expect(await outcomeOf(launch(subject, { ClientToken }))).toBe('InsufficientInstanceCapacity');
      expect(await outcomeOf(launch(subject, { ClientToken, InstanceType: 't3.large' }))).toBe('ok');
    },
  ],
  [
    'keeps the instance when the reply is lost; the token finds it',
    async (subject) => {
      subject.model.faults.loseReply('RunInstances');
      expect(await outcomeOf(launch(subject, { ClientToken }))).not.toBe('ok');
      const [lost] = subject.model.instances();
      const again = await launchOne(subject, { ClientToken });
      expect(again.InstanceId).toBe(lost!.id);
      expect(subject.model.instances()).toHaveLength(1);
    },
  ],
];
