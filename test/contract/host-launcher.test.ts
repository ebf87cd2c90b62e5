/** Hosts: over the strict model in memory, and through the SDK, the local EC2 and the emulator; the same cases. */
import { ec2Clients } from '../../functions/adapters/ec2/clients.ts';
import { ec2HostLauncher } from '../../functions/adapters/ec2/host-launcher.ts';
import type { HostLauncher } from '../../functions/usecases/ports.ts';
import { startEc2Server } from '../../local/ec2/server.ts';
import { createEc2 } from '../../local/ec2/service.ts';
import { clientOptions } from '../support/client-options.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { inMemoryHostLauncher } from '../support/in-memory/host-launcher.ts';
import { freePort } from '../support/ministack.ts';
import { overEmulator } from '../support/over-emulator.ts';
import { ACCOUNT, emulatedAccount, REGION } from './ec2/account.ts';
import { noMetal } from './ec2/no-metal.ts';
import { LAUNCH_CASES } from './host-launcher/launch-cases.ts';
import { LIFE_CASES } from './host-launcher/life-cases.ts';
import { ATTEMPTS, TIMINGS, VCPU_LIMIT } from './host-launcher/subject.ts';
import type { Subject } from './host-launcher/subject.ts';

const overWire = overEmulator<Subject>('EC2 gateway', async (emulator) => {
  const account = await emulatedAccount(emulator);
  const credentials = await emulator.user('provision', [
    { Effect: 'Allow', Action: ['ec2:*', 'iam:PassRole'], Resource: '*' },
  ]);
  let closeLast = (): Promise<void> => Promise.resolve();
  return {
    fresh: async () => {
      await closeLast();
      const clock = fakeClock();
      const service = createEc2({
        emulator: emulator.endpoint,
        account: ACCOUNT,
        region: REGION,
        network: '10.77.14',
        metal: noMetal(),
        clock,
        seed: 'contract',
        timings: TIMINGS,
        vcpuLimit: VCPU_LIMIT,
      });
      const port = await freePort();
      const listen = [{ host: '127.0.0.1', port }];
      const server = await startEc2Server({ service, emulator: emulator.endpoint, listen });
      const clients = ec2Clients({
        ...clientOptions({ endpoint: `http://127.0.0.1:${port}` }, credentials),
        // The adaptive mode waits for seconds between attempts.
        maxAttempts: ATTEMPTS,
        retryMode: 'standard',
      });
      closeLast = async () => {
        await server.close();
        await service.close();
      };
      const launcherOf = (cluster: string): HostLauncher =>
        ec2HostLauncher({
          clients,
          cluster,
          launchTemplates: { x86_64: account.template, arm64: account.template },
          templatesByGroups: { web: { x86_64: account.groupsTemplate, arm64: account.groupsTemplate } },
          subnetIds: [account.subnetA, account.subnetB],
        });
      return { launcher: launcherOf('berth'), launcherOf, clock, model: service.model };
    },
    close: async () => {
      await closeLast();
    },
  };
});

contractSuite<Subject>(
  'HostLauncher',
  [
    inProcess('in memory', () => {
      const clock = fakeClock();
      const launcher = inMemoryHostLauncher({ clock, timings: TIMINGS, vcpuLimit: VCPU_LIMIT });
      return { launcher, launcherOf: launcher.launcherOf, clock, model: launcher.model };
    }),
    overWire,
  ],
  [...LIFE_CASES, ...LAUNCH_CASES],
);
