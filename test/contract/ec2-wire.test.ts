/** One suite over the model in process, and over the real client, the server and the emulator. */
import { createInProcessClient } from '../../local/ec2/in-process-client.ts';
import { createEc2Model } from '../../local/ec2/model/ec2.ts';
import { createAddressPool } from '../../local/ec2/model/parts/address-pool.ts';
import type { Implementation } from '../support/contract.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import { startMinistack } from '../support/ministack.ts';
import { ACCOUNT, emulatedAccount, memoryAccount, REGION } from './ec2/account.ts';
import { DESCRIBE_CASES } from './ec2/describe-cases.ts';
import { FLEET_CASES } from './ec2/fleet-cases.ts';
import { LAUNCH_CASES } from './ec2/launch-cases.ts';
import { LIFE_CASES } from './ec2/life-cases.ts';
import { serveEc2 } from './ec2/server-for-tests.ts';
import type { Subject } from './ec2/subject.ts';
import { START_MS, TEST_TIMINGS } from './ec2/subject.ts';
import { TOKEN_CASES } from './ec2/token-cases.ts';

const model = inProcess<Subject>('model', () => {
  const clock = { nowMs: START_MS };
  const { account, catalog } = memoryAccount();
  const ec2 = createEc2Model({
    clock: { nowMs: () => clock.nowMs },
    seed: 'contract',
    account: ACCOUNT,
    region: REGION,
    catalog,
    addresses: createAddressPool('10.77.9'),
    timings: TEST_TIMINGS,
  });
  return { client: createInProcessClient(ec2), clock, model: ec2, account };
});

const wire: Implementation<Subject> = {
  name: 'wire',
  open: async () => {
    const emulator = await startMinistack();
    // An emulator that is left behind would keep the test run from ending.
    const account = await emulatedAccount(emulator).catch(async (error: unknown) => {
      await emulator.stop();
      throw error;
    });
    const credentials = await emulator.user('operator', [
      { Effect: 'Allow', Action: ['ec2:*', 'iam:PassRole'], Resource: '*' },
    ]);
    let closeLast = () => Promise.resolve();
    return {
      fresh: async () => {
        await closeLast();
        const clock = { nowMs: START_MS };
        const ec2 = await serveEc2(emulator.endpoint, {
          clock: { nowMs: () => clock.nowMs },
          timings: TEST_TIMINGS,
        });
        closeLast = ec2.close;
        return { client: ec2.clientOf(credentials), clock, model: ec2.service.model, account };
      },
      close: async () => {
        await closeLast();
        await emulator.stop();
      },
    };
  },
};

contractSuite(
  'EC2',
  [model, wire],
  [...LAUNCH_CASES, ...TOKEN_CASES, ...FLEET_CASES, ...LIFE_CASES, ...DESCRIBE_CASES],
);
