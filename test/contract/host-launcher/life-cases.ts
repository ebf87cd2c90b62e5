/** What is there to launch with, what is listed, and how it ends. */
import { expect } from '@jest/globals';
import { ThrottledError } from '../../../functions/usecases/errors.ts';
import type { Case } from '../../support/contract.ts';
import { ATTEMPTS, later, launched, parametersOf, TIMINGS, TYPE } from './subject.ts';
import type { Subject } from './subject.ts';

const LARGE = { cpuMillis: 2_000, memoryBytes: 8 * 1024 ** 3, quota: 'L-1216C47A' };

export const LIFE_CASES: readonly Case<Subject>[] = [
  [
    'launches what security groups of their own need from a template of their own',
    async (subject) => {
      const { launcher, model } = subject;
      expect(launcher.securityGroups).toEqual(['web']);
      const own = await launcher.launchTemplate('x86_64', 'web');
      expect(own.launchTemplateId).not.toBe((await launcher.launchTemplate('x86_64')).launchTemplateId);
      await expect(launcher.launchTemplate('x86_64', 'db')).rejects.toThrow('"db"');
      const plain = await parametersOf(subject);
      const groupsOf = (instanceId: string) =>
        model.instances().find(({ id }) => id === instanceId)?.launch.securityGroupIds;
      const first = launched(await launcher.launch(plain));
      const second = launched(await launcher.launch({ ...plain, ...own, clientToken: 'token-2' }));
      const [group] = groupsOf(first.instanceId) ?? [];
      expect(groupsOf(first.instanceId)).toEqual([group]);
      expect(groupsOf(second.instanceId)).toEqual([group, expect.stringMatching(/^sg-/)]);
    },
  ],
  [
    'names the template, its newest version by number, and the subnets with their zones',
    async ({ launcher }) => {
      const template = await launcher.launchTemplate('x86_64');
      expect(template.launchTemplateId).toMatch(/^lt-/);
      expect(template.launchTemplateVersion).toBe('2');
      const subnet = (zone: string) => ({
        id: expect.stringMatching(/^subnet-/) as unknown,
        zone,
        name: expect.any(String) as unknown,
      });
      expect(await launcher.subnets()).toEqual([subnet('us-east-1a'), subnet('us-east-1b')]);
    },
  ],
  [
    'knows the size of a type, and that a type does not exist',
    async ({ launcher }) => {
      expect(await launcher.sizeOf(TYPE)).toEqual({
        cpuMillis: 2_000,
        memoryBytes: 2 * 1024 ** 3,
        quota: 'L-1216C47A',
      });
      expect(await launcher.sizeOf('t3.huge')).toBeNull();
    },
  ],
  [
    'asks for a size once, and again after it failed',
    async ({ launcher, model }) => {
      model.faults.failNext('DescribeInstanceTypes', { code: 'RequestLimitExceeded', times: ATTEMPTS });
      await expect(launcher.sizeOf('m7i.large')).rejects.toThrow(ThrottledError);
      model.faults.clear();
      expect(await launcher.sizeOf('m7i.large')).toEqual(LARGE);
      model.faults.failNext('DescribeInstanceTypes', { code: 'InternalError', times: ATTEMPTS });
      expect(await launcher.sizeOf('m7i.large')).toEqual(LARGE);
    },
  ],
  [
    'does not list what EC2 does not show yet',
    async (subject) => {
      await subject.launcher.launch(await parametersOf(subject));
      expect(await subject.launcher.list()).toEqual([]);
      later(subject, TIMINGS.describeLagMs);
      expect(await subject.launcher.list()).toHaveLength(1);
    },
  ],
  [
    'lists every page, an empty first one included, terminated hosts too, and no other cluster’s',
    async (subject) => {
      const ids: string[] = [];
      for (let count = 0; count < 7; count += 1) {
        const parameters = await parametersOf(subject, { clientToken: `t-${count}` });
        ids.push(launched(await subject.launcher.launch(parameters)).instanceId);
        later(subject);
      }
      const parameters = await parametersOf(subject, { clientToken: 'theirs', batch: 'b-theirs' });
      launched(await subject.launcherOf('theirs').launch(parameters));
      await subject.launcher.terminate(ids[0]!);
      later(subject);
      subject.model.faults.cutPages({ maximum: 2, emptyFirst: true });
      const listed = await subject.launcher.list();
      expect(listed.map((view) => view.instanceId).sort()).toEqual(ids.toSorted());
      expect(listed.find((view) => view.instanceId === ids[0])?.state).toBe('terminated');
      expect((await subject.launcherOf('theirs').list()).map((view) => view.batch)).toEqual(['b-theirs']);
    },
  ],
  [
    'knows which instances fail EC2’s checks, whatever else is asked about with them',
    async (subject) => {
      const { launcher, model } = subject;
      const ids: string[] = [];
      for (const clientToken of ['sick', 'well']) {
        const parameters = await parametersOf(subject, { clientToken });
        ids.push(launched(await launcher.launch(parameters)).instanceId);
      }
      later(subject);
      expect(await launcher.impaired(ids)).toEqual(new Set());
      model.faults.impair(ids[0]!);
      expect(await launcher.impaired([...ids, 'i-0ffffffffffffffff'])).toEqual(new Set([ids[0]]));
      expect(await launcher.impaired([ids[1]!])).toEqual(new Set());
      expect(await launcher.impaired([])).toEqual(new Set());
      model.faults.failNext('DescribeInstanceStatus', { code: 'RequestLimitExceeded', times: ATTEMPTS });
      await expect(launcher.impaired(ids)).rejects.toThrow(ThrottledError);
    },
  ],
  [
    'terminates, again and again, and what is not there',
    async (subject) => {
      const { instanceId } = launched(await subject.launcher.launch(await parametersOf(subject)));
      later(subject);
      expect(await subject.launcher.terminate(instanceId)).toBe(true);
      expect((await subject.launcher.list())[0]?.state).toBe('shutting-down');
      expect(await subject.launcher.terminate(instanceId)).toBe(true);
      later(subject);
      expect((await subject.launcher.list())[0]?.state).toBe('terminated');
      expect(await subject.launcher.terminate(instanceId)).toBe(true);
      expect(await subject.launcher.terminate('i-0ffffffffffffffff')).toBe(true);
    },
  ],
  [
    'throws ThrottledError when EC2 throttles reading or terminating again and again',
    async ({ launcher, model }) => {
      model.faults.failNext('DescribeInstances', { code: 'RequestLimitExceeded', times: ATTEMPTS });
      await expect(launcher.list()).rejects.toThrow(ThrottledError);
      model.faults.clear();
      model.faults.failNext('TerminateInstances', { code: 'RequestLimitExceeded', times: ATTEMPTS });
      await expect(launcher.terminate('i-0ffffffffffffffff')).rejects.toThrow(ThrottledError);
    },
  ],
];
