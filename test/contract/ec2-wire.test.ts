/** One suite over the model in process, and over the real client, the server and the emulator. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { createInProcessClient } from '../../local/ec2/in-process-client.ts';
import { createEc2Model } from '../../local/ec2/model/ec2.ts';
import { createAddressPool } from '../../local/ec2/model/parts/address-pool.ts';
import { startEc2Server } from '../../local/ec2/server.ts';
import { createEc2 } from '../../local/ec2/service.ts';
import type { Implementation } from '../support/contract.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import { freePort, startMinistack } from '../support/ministack.ts';
import { ACCOUNT, emulatedAccount, memoryAccount, REGION } from './ec2/account.ts';
import { DESCRIBE_CASES } from './ec2/describe-cases.ts';
import { LAUNCH_CASES } from './ec2/launch-cases.ts';
import { LIFE_CASES } from './ec2/life-cases.ts';
import { noMetal } from './ec2/no-metal.ts';
import type { Subject } from './ec2/subject.ts';
import { START_MS, TEST_TIMINGS } from './ec2/subject.ts';
import { TOKEN_CASES } from './ec2/token-cases.ts';

const NETWORK = '10.77.9';

const model = inProcess<Subject>('model', () => {
  const clock = { nowMs: START_MS };
  const { account, catalog } = memoryAccount();
  const ec2 = createEc2Model({
    clock: { nowMs: () => clock.nowMs },
    seed: 'contract',
    account: ACCOUNT,
    region: REGION,
    catalog,
    addresses: createAddressPool(NETWORK),
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
        const service = createEc2({
          emulator: emulator.endpoint,
          account: ACCOUNT,
          region: REGION,
          network: NETWORK,
          metal: noMetal(),
          clock: { nowMs: () => clock.nowMs },
          seed: 'contract',
          timings: TEST_TIMINGS,
        });
        const port = await freePort();
        const listen = [{ host: '127.0.0.1', port }];
        const server = await startEc2Server({ service, emulator: emulator.endpoint, listen });
        const client = new EC2Client({
          endpoint: `http://127.0.0.1:${port}`,
          region: REGION,
          credentials,
          maxAttempts: 1,
        });
        closeLast = async () => {
          client.destroy();
          await server.close();
          await service.close();
        };
        return { client, clock, model: service.model, account };
      },
      close: async () => {
        await closeLast();
        await emulator.stop();
      },
    };
  },
};

contractSuite('EC2', [model, wire], [...LAUNCH_CASES, ...TOKEN_CASES, ...LIFE_CASES, ...DESCRIBE_CASES]);
