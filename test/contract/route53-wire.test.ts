/** One suite over the model in process, and over the real client, the server and the emulator. */
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { createRoute53Model } from '../../local/route53/model/route53.ts';
import { startRoute53Server } from '../../local/route53/server.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Implementation } from '../support/contract.ts';
import { freePort, startMinistack } from '../support/ministack.ts';
import { modelSide, sdkSide } from './route53/directory.ts';
import type { DirectorySide } from './route53/directory.ts';
import { CASES, ZONE_NAME } from './route53/suite.ts';

/** The clock is the test's, on both sides: the server is given it too. */
const START_MS = Date.UTC(2026, 10, 22);

const model = inProcess<DirectorySide>('model in process', () => {
  const clock = { nowMs: START_MS };
  const route53 = createRoute53Model({ now: () => clock.nowMs });
  route53.addZone({ id: 'Z1111111111111', name: ZONE_NAME, private: true });
  return modelSide(route53, clock, 'Z1111111111111');
});

const wire: Implementation<DirectorySide> = {
  name: 'SDK, server and emulator',
  async open() {
    const clock = { nowMs: START_MS };
    const emulator = await startMinistack();
    const port = await freePort();
    const listen = [{ address: '127.0.0.1', port }];
    const server = await startRoute53Server({ emulator: emulator.endpoint, listen, now: () => clock.nowMs });
    const credentials = await emulator.user('writer', [
      { Effect: 'Allow', Action: 'route53:*', Resource: '*' },
    ]);
    const region = 'us-east-1';
    const endpoint = `http://127.0.0.1:${port}`;
    const client = new Route53Client({ endpoint, region, credentials, maxAttempts: 1 });
    const root = { accessKeyId: 'test', secretAccessKey: 'test' };
    const admin = new Route53Client({ endpoint: emulator.endpoint, region, credentials: root });
    return {
      async fresh() {
        const VPC = { VPCId: `vpc-${crypto.randomUUID().slice(0, 8)}`, VPCRegion: 'us-east-1' } as const;
        const input = { Name: ZONE_NAME, CallerReference: crypto.randomUUID(), VPC };
        const { HostedZone: zone } = await admin.send(new CreateHostedZoneCommand(input));
        clock.nowMs += 60_000; // a full bucket
        return sdkSide(client, clock, zone!.Id!.replace('/hostedzone/', ''));
      },
      async close() {
        await server.close();
        client.destroy();
        admin.destroy();
        await emulator.stop();
      },
    };
  },
};

contractSuite('Route 53', [model, wire], CASES);
