/** What comes of a launch, and what may be done next. */
import { expect } from '@jest/globals';
import type { LaunchParameters } from '../../../functions/core/model/host.ts';
import type { Case } from '../../support/contract.ts';
import { HOST, later, launched, OTHER, parametersOf, TYPE, VCPU_LIMIT } from './subject.ts';
import type { Subject } from './subject.ts';

export const LAUNCH_CASES: readonly Case<Subject>[] = [
  [
    'launches a host that is listed with all that tells whose it is',
    async (subject) => {
      const { launcher, clock } = subject;
      const startMs = clock.nowMs();
      const outcome = launched(await launcher.launch(HOST, await parametersOf(subject)));
      expect(outcome).toEqual({
        kind: 'launched',
        instanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
        zone: 'us-east-1a',
        address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      });
      later(subject);
      expect(await launcher.list()).toEqual([
        {
          instanceId: outcome.instanceId,
          state: 'running',
          host: HOST,
          clientToken: 'token-1',
          zone: 'us-east-1a',
          address: outcome.address,
          launchedAtMs: startMs,
        },
      ]);
    },
  ],
  [
    'makes one instance of the same launch, however often it is asked',
    async (subject) => {
      const parameters = await parametersOf(subject);
      const outcomes = [];
      for (let time = 0; time < 3; time += 1)
        outcomes.push(launched(await subject.launcher.launch(HOST, parameters)).instanceId);
      expect(new Set(outcomes).size).toBe(1);
      later(subject);
      expect(await subject.launcher.list()).toHaveLength(1);
    },
  ],
  [
    'needs a new token for other parameters',
    async (subject) => {
      await subject.launcher.launch(HOST, await parametersOf(subject));
      const other = await subject.launcher.launch(
        HOST,
        await parametersOf(subject, { instanceType: 't3.medium' }),
      );
      expect(other.kind).toBe('token-spent');
      const otherHost = await subject.launcher.launch(OTHER, await parametersOf(subject));
      expect(otherHost.kind).toBe('token-spent');
    },
  ],
  [
    'makes a second instance of the same token in another zone: EC2 does not object, so tokens name their subnet',
    async (subject) => {
      const { subnetIds } = await subject.launcher.launchOptions('x86_64');
      const here = launched(await subject.launcher.launch(HOST, await parametersOf(subject)));
      const there = await subject.launcher.launch(
        HOST,
        await parametersOf(subject, { subnetId: subnetIds[1]! }),
      );
      expect(launched(there).instanceId).not.toBe(here.instanceId);
      expect(launched(there).zone).toBe('us-east-1b');
    },
  ],
  [
    'needs a new token once the instance is going or gone',
    async (subject) => {
      const parameters = await parametersOf(subject);
      const { instanceId } = launched(await subject.launcher.launch(HOST, parameters));
      later(subject);
      expect(await subject.launcher.terminate(instanceId)).toBe(true);
      expect((await subject.launcher.launch(HOST, parameters)).kind).toBe('token-spent');
      later(subject);
      expect((await subject.launcher.launch(HOST, parameters)).kind).toBe('token-spent');
      const again = await subject.launcher.launch(HOST, { ...parameters, clientToken: 'token-2' });
      expect(launched(again).instanceId).not.toBe(instanceId);
    },
  ],
  [
    'says that a zone has no capacity, and launches in another',
    async (subject) => {
      const { subnetIds } = await subject.launcher.launchOptions('x86_64');
      const untilMs = subject.clock.nowMs() + 60_000;
      subject.model.faults.setCapacity({ instanceType: TYPE, zone: 'us-east-1a', untilMs });
      expect((await subject.launcher.launch(HOST, await parametersOf(subject))).kind).toBe('no-capacity');
      const other = await parametersOf(subject, { subnetId: subnetIds[1]!, clientToken: 'token-2' });
      expect((await subject.launcher.launch(HOST, other)).kind).toBe('launched');
    },
  ],
  [
    'names the quota that an account has used up',
    async (subject) => {
      for (let count = 0; count < VCPU_LIMIT / 2; count += 1) {
        launched(
          await subject.launcher.launch(HOST, await parametersOf(subject, { clientToken: `t-${count}` })),
        );
        later(subject);
      }
      const outcome = await subject.launcher.launch(
        HOST,
        await parametersOf(subject, { clientToken: 'more' }),
      );
      expect(outcome).toMatchObject({ kind: 'account-limit', quota: 'L-1216C47A' });
    },
  ],
  [
    'is refused for good by permission, template, version, subnet, type',
    async (subject) => {
      const refused = async (over: Partial<LaunchParameters>) =>
        (await subject.launcher.launch(HOST, await parametersOf(subject, over))).kind;
      expect(await refused({ launchTemplateId: 'lt-0ffffffffffffffff' })).toBe('refused');
      expect(await refused({ launchTemplateVersion: '99' })).toBe('refused');
      expect(await refused({ subnetId: 'subnet-0ffffffffffffffff' })).toBe('refused');
      later(subject);
      expect(await refused({ instanceType: 'm7g.large' })).toBe('refused');
      subject.model.faults.failNext('RunInstances', { code: 'UnauthorizedOperation' });
      expect(await refused({})).toBe('refused');
      later(subject);
      expect(await subject.launcher.list()).toEqual([]);
    },
  ],
  [
    'does not know what happened when EC2 throttles or fails, and asks once only',
    async (subject) => {
      const codes = ['RequestLimitExceeded', 'InternalError', 'Unavailable', 'SomethingNew'];
      for (const code of codes) {
        subject.model.faults.failNext('RunInstances', { code });
        const outcome = await subject.launcher.launch(HOST, await parametersOf(subject));
        expect([code, outcome.kind]).toEqual([code, 'unknown']);
        later(subject);
      }
      expect((await subject.launcher.launch(HOST, await parametersOf(subject))).kind).toBe('launched');
    },
  ],
  [
    'does not know what happened when the answer is lost: the instance is there, the same launch finds it',
    async (subject) => {
      subject.model.faults.loseReply('RunInstances');
      const parameters = await parametersOf(subject);
      expect((await subject.launcher.launch(HOST, parameters)).kind).toBe('unknown');
      later(subject);
      const [found] = await subject.launcher.list();
      expect(found?.host).toBe(HOST);
      expect(launched(await subject.launcher.launch(HOST, parameters)).instanceId).toBe(found?.instanceId);
    },
  ],
];
