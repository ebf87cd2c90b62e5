/** States, lag, termination, and the errors of calls that name instances. */
import { expect } from '@jest/globals';
import { CreateTagsCommand, DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Case } from '../../support/contract.ts';
import type { Subject } from './subject.ts';
import { launch, launchOne, outcomeOf } from './subject.ts';

const GHOST = 'i-0123456789abcdef0';

async function stateOf({ client }: Subject, id: string): Promise<string> {
  try {
    const found = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return found.Reservations![0]!.Instances![0]!.State!.Name!;
  } catch (error) {
    return (error as Error).name;
  }
}

const terminate = ({ client }: Subject, ...InstanceIds: string[]) =>
  client.send(new TerminateInstancesCommand({ InstanceIds }));

export const LIFE_CASES: readonly Case<Subject>[] = [
  [
    'goes pending, running, shutting-down, terminated, and is forgotten after an hour',
    async (subject) => {
      const { InstanceId: id } = await launchOne(subject);
      expect(await stateOf(subject, id!)).toBe('pending');
      subject.clock.nowMs += 999;
      expect(await stateOf(subject, id!)).toBe('pending');
      subject.clock.nowMs += 1;
      expect(await stateOf(subject, id!)).toBe('running');
      const answer = await terminate(subject, id!);
      expect(answer.TerminatingInstances).toEqual([
        {
          InstanceId: id,
          PreviousState: { Code: 16, Name: 'running' },
          CurrentState: { Code: 32, Name: 'shutting-down' },
        },
      ]);
      subject.clock.nowMs += 1999;
      expect(await stateOf(subject, id!)).toBe('shutting-down');
      subject.clock.nowMs += 1;
      expect(await stateOf(subject, id!)).toBe('terminated');
      subject.clock.nowMs += 3600_000 - 1;
      expect(await stateOf(subject, id!)).toBe('terminated');
      subject.clock.nowMs += 1;
      expect(await stateOf(subject, id!)).toBe('InvalidInstanceID.NotFound');
    },
  ],
  [
    'ends a pending instance too, and takes a second termination as done',
    async (subject) => {
      const { InstanceId: id } = await launchOne(subject);
      await terminate(subject, id!);
      expect(await stateOf(subject, id!)).toBe('shutting-down');
      const again = await terminate(subject, id!);
      expect(again.TerminatingInstances![0]!.PreviousState!.Name).toBe('shutting-down');
      subject.clock.nowMs += 2000;
      const third = await terminate(subject, id!);
      expect(third.TerminatingInstances![0]!.CurrentState!.Name).toBe('terminated');
    },
  ],
  [
    'shows a terminated instance without network and volumes, but with its tags, token and reason',
    async (subject) => {
      const { InstanceId: id } = await launchOne(subject, { ClientToken: 'token' });
      await terminate(subject, id!);
      subject.clock.nowMs += 2000;
      const found = await subject.client.send(new DescribeInstancesCommand({ InstanceIds: [id!] }));
      const instance = found.Reservations![0]!.Instances![0]!;
      expect(instance.PrivateIpAddress).toBeUndefined();
      expect(instance.SubnetId).toBeUndefined();
      expect(instance.BlockDeviceMappings ?? []).toHaveLength(0);
      expect(instance.ClientToken).toBe('token');
      expect(instance.Tags).toContainEqual({ Key: 'berth:cluster', Value: 'test' });
      expect(instance.StateReason!.Code).toBe('Client.UserInitiatedShutdown');
    },
  ],
  [
    'terminates all of the named instances, or none',
    async (subject) => {
      const { InstanceId: id } = await launchOne(subject);
      expect(await outcomeOf(terminate(subject, id!, GHOST))).toBe('InvalidInstanceID.NotFound');
      expect(await stateOf(subject, id!)).toBe('pending');
    },
  ],
  [
    'does not know a new instance yet while the lag lasts: by id, by filter, to terminate, to tag',
    async (subject) => {
      subject.model.setTimings({ describeLagMs: 5000 });
      const { InstanceId: id } = await launchOne(subject, { ClientToken: 'late' });
      const byToken = async () => {
        const Filters = [{ Name: 'client-token', Values: ['late'] }];
        return (
          (await subject.client.send(new DescribeInstancesCommand({ Filters }))).Reservations?.length ?? 0
        );
      };
      subject.clock.nowMs += 4999;
      expect(await stateOf(subject, id!)).toBe('InvalidInstanceID.NotFound');
      expect(await byToken()).toBe(0);
      expect(await outcomeOf(terminate(subject, id!))).toBe('InvalidInstanceID.NotFound');
      const tagging = new CreateTagsCommand({ Resources: [id!], Tags: [{ Key: 'a', Value: 'b' }] });
      expect(await outcomeOf(subject.client.send(tagging))).toBe('InvalidInstanceID.NotFound');
      subject.clock.nowMs += 1;
      expect(await stateOf(subject, id!)).toBe('running');
      expect(await byToken()).toBe(1);
    },
  ],
  [
    'is missing for a while and comes back when a test hides it',
    async (subject) => {
      const { InstanceId: id } = await launchOne(subject);
      subject.model.faults.hide(id!, subject.clock.nowMs + 1000);
      expect(await stateOf(subject, id!)).toBe('InvalidInstanceID.NotFound');
      subject.clock.nowMs += 1000;
      expect(await stateOf(subject, id!)).toBe('running');
    },
  ],
  [
    'tells a malformed id from a missing one',
    async (subject) => {
      expect(await stateOf(subject, 'i-xyz')).toBe('InvalidInstanceID.Malformed');
      expect(await stateOf(subject, GHOST)).toBe('InvalidInstanceID.NotFound');
      expect(await outcomeOf(terminate(subject, 'web-3'))).toBe('InvalidInstanceID.Malformed');
    },
  ],
  [
    'throttles launches: five at once, then two a second',
    async (subject) => {
      const burst = async (count: number) => {
        let passed = 0;
        for (let left = count; left > 0; left -= 1)
          if ((await outcomeOf(launch(subject, { DryRun: true }))) !== 'RequestLimitExceeded') passed += 1;
        return passed;
      };
      expect(await burst(7)).toBe(5);
      subject.clock.nowMs += 1000;
      expect(await burst(5)).toBe(2);
      subject.clock.nowMs += 60_000;
      expect(await burst(7)).toBe(5);
    },
  ],
  [
    'fails as a test asks for it, as often as asked, before any effect',
    async (subject) => {
      subject.model.faults.failNext('RunInstances', { code: 'Unavailable', times: 2 });
      expect(await outcomeOf(launch(subject))).toBe('Unavailable');
      expect(await outcomeOf(launch(subject))).toBe('Unavailable');
      expect(subject.model.instances()).toHaveLength(0);
      expect(await outcomeOf(launch(subject))).toBe('ok');
    },
  ],
];
