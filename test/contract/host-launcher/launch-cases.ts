/** What comes of launching a batch, and what may be done next. */
import { expect } from '@jest/globals';
import type { LaunchParameters } from '../../../functions/core/model/host.ts';
import type { Case } from '../../support/contract.ts';
import { answered, HOST, later, launched, parametersOf, TYPE, VCPU_LIMIT } from './subject.ts';
import type { Subject } from './subject.ts';

const AN_ID = expect.stringMatching(/^i-[0-9a-f]{17}$/) as unknown;

export const LAUNCH_CASES: readonly Case<Subject>[] = [
  [
    'launches a batch whose instances are listed with all that tells whose they are',
    async (subject) => {
      const { launcher, clock } = subject;
      const startMs = clock.nowMs();
      const parameters = await parametersOf(subject, { size: 2 });
      const { instances, failures } = answered(await launcher.launch(parameters));
      const [offering] = parameters.offerings;
      expect([instances, failures]).toEqual([Array(2).fill({ instanceId: AN_ID, offering }), []]);
      later(subject);
      const listed = await launcher.list();
      expect(listed.map((one) => one.instanceId).toSorted()).toEqual(
        instances.map((one) => one.instanceId).toSorted(),
      );
      expect(listed[0]).toEqual({
        instanceId: AN_ID,
        state: 'running',
        host: null,
        batch: 'b-1',
        instanceType: TYPE,
        subnetId: offering!.subnetId,
        zone: 'us-east-1a',
        address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
        launchedAtMs: startMs,
      });
    },
  ],
  [
    'names an instance once EC2 shows it, again and again',
    async (subject) => {
      const { instanceId } = launched(await subject.launcher.launch(await parametersOf(subject)));
      expect(await subject.launcher.name(instanceId, HOST)).toBe(false);
      later(subject);
      expect(await subject.launcher.name(instanceId, HOST)).toBe(true);
      expect(await subject.launcher.name(instanceId, HOST)).toBe(true);
      expect((await subject.launcher.list())[0]?.host).toBe(HOST);
      expect(await subject.launcher.name('i-0ffffffffffffffff', HOST)).toBe(false);
    },
  ],
  [
    'makes the instances of the same launch once, however often it is asked',
    async (subject) => {
      const parameters = await parametersOf(subject, { size: 2 });
      const outcomes = [];
      for (let time = 0; time < 3; time += 1) outcomes.push(await subject.launcher.launch(parameters));
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[2]).toEqual(outcomes[0]);
      later(subject);
      expect(await subject.launcher.list()).toHaveLength(2);
    },
  ],
  [
    'needs a new token for other parameters',
    async (subject) => {
      const parameters = await parametersOf(subject);
      await subject.launcher.launch(parameters);
      for (const over of [{ size: 2 }, { batch: 'b-2' }, { offerings: parameters.offerings.slice(1) }]) {
        expect((await subject.launcher.launch({ ...parameters, ...over })).kind).toBe('token-spent');
        later(subject);
      }
    },
  ],
  [
    'answers as before when what it launched is gone',
    async (subject) => {
      const parameters = await parametersOf(subject);
      const { instanceId } = launched(await subject.launcher.launch(parameters));
      later(subject);
      expect(await subject.launcher.terminate(instanceId)).toBe(true);
      later(subject);
      expect(launched(await subject.launcher.launch(parameters)).instanceId).toBe(instanceId);
      const again = await subject.launcher.launch({ ...parameters, clientToken: 'token-2' });
      expect(launched(again).instanceId).not.toBe(instanceId);
    },
  ],
  [
    'launches in the next zone where the first has no capacity, and says which offering had none',
    async (subject) => {
      const untilMs = subject.clock.nowMs() + 60_000;
      subject.model.faults.setCapacity({ instanceType: TYPE, zone: 'us-east-1a', remaining: 1, untilMs });
      const parameters = await parametersOf(subject, { size: 2 });
      const { instances, failures } = answered(await subject.launcher.launch(parameters));
      expect(instances.map(({ offering }) => offering.zone)).toEqual(['us-east-1a', 'us-east-1b']);
      expect(failures).toEqual([
        {
          kind: 'no-capacity',
          offering: parameters.offerings[0],
          message: expect.stringContaining('InsufficientInstanceCapacity'),
        },
      ]);
    },
  ],
  [
    'launches a part and names the quota that the account has used up',
    async (subject) => {
      const parameters = await parametersOf(subject, { size: VCPU_LIMIT / 2 + 1 });
      const { instances, failures } = answered(await subject.launcher.launch(parameters));
      expect(instances).toHaveLength(VCPU_LIMIT / 2);
      expect(failures.map((one) => [one.kind, 'quota' in one ? one.quota : ''])).toEqual([
        ['account-limit', 'L-1216C47A'],
        ['account-limit', 'L-1216C47A'],
      ]);
    },
  ],
  [
    'is refused for good by template and version, and an offering by its type or subnet',
    async (subject) => {
      const refused = async (over: Partial<LaunchParameters>) =>
        (await subject.launcher.launch(await parametersOf(subject, over))).kind;
      expect(await refused({ launchTemplateId: 'lt-0ffffffffffffffff' })).toBe('refused');
      expect(await refused({ launchTemplateVersion: '99' })).toBe('refused');
      subject.model.faults.failNext('CreateFleet', { code: 'UnauthorizedOperation' });
      expect(await refused({})).toBe('refused');
      later(subject);
      const [good] = (await parametersOf(subject)).offerings;
      const offerings = [
        { ...good!, instanceType: 'm7g.large' },
        { ...good!, subnetId: 'subnet-0ffffffffffffffff' },
      ];
      const { instances, failures } = answered(
        await subject.launcher.launch(await parametersOf(subject, { offerings, clientToken: 'token-2' })),
      );
      expect(instances).toEqual([]);
      expect(failures.map(({ kind, offering }) => [kind, offering])).toEqual(
        offerings.map((offering) => ['refused', offering]),
      );
      later(subject);
      expect(await subject.launcher.list()).toEqual([]);
    },
  ],
  [
    'does not know what happened when EC2 throttles or fails, and asks once only',
    async (subject) => {
      const codes = ['RequestLimitExceeded', 'InternalError', 'Unavailable', 'SomethingNew'];
      for (const code of codes) {
        subject.model.faults.failNext('CreateFleet', { code });
        const outcome = await subject.launcher.launch(await parametersOf(subject));
        expect([code, outcome.kind]).toEqual([code, 'unknown']);
        later(subject);
      }
      launched(await subject.launcher.launch(await parametersOf(subject)));
    },
  ],
  [
    'does not know what happened when the answer is lost: the instance is there, the same launch finds it',
    async (subject) => {
      subject.model.faults.loseReply('CreateFleet');
      const parameters = await parametersOf(subject);
      expect((await subject.launcher.launch(parameters)).kind).toBe('unknown');
      later(subject);
      const [found] = await subject.launcher.list();
      expect(found?.batch).toBe('b-1');
      expect(launched(await subject.launcher.launch(parameters)).instanceId).toBe(found?.instanceId);
    },
  ],
];
