/** One suite over the model in process, and over the real client, the server and the emulator. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { CreateHostedZoneCommand, DeleteHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { createRoute53Model } from '../../local/route53/model/route53.ts';
import type { Route53Server } from '../../local/route53/server.ts';
import { startRoute53Server } from '../../local/route53/server.ts';
import type { Ministack } from '../support/ministack.ts';
import { freePort, startMinistack } from '../support/ministack.ts';
import { modelSide, sdkSide } from './route53/directory.ts';
import { CASES, ZONE_NAME } from './route53/suite.ts';

const passed = { inProcess: 0, wire: 0 };
/** Whole seconds: the wire's times have milliseconds, and the clock is the test's. */
const START_MS = Date.UTC(2026, 10, 22);

describe('the model in process', () => {
  it.each(CASES)('$name', async ({ run }) => {
    const clock = { nowMs: START_MS };
    const model = createRoute53Model({ now: () => clock.nowMs });
    model.addZone({ id: 'Z1111111111111', name: ZONE_NAME, private: true });
    await run(modelSide(model, clock, 'Z1111111111111'));
    passed.inProcess += 1;
  });
});

describe('the real client, the server and the emulator', () => {
  const clock = { nowMs: START_MS };
  let emulator: Ministack;
  let server: Route53Server;
  let client: Route53Client;
  let admin: Route53Client;
  let zoneId: string;

  beforeAll(async () => {
    emulator = await startMinistack();
    const port = await freePort();
    const listen = [{ address: '127.0.0.1', port }];
    server = await startRoute53Server({ emulator: emulator.endpoint, listen, now: () => clock.nowMs });
    const credentials = await emulator.user('writer', [
      { Effect: 'Allow', Action: 'route53:*', Resource: '*' },
    ]);
    const region = 'us-east-1';
    client = new Route53Client({ endpoint: `http://127.0.0.1:${port}`, region, credentials, maxAttempts: 1 });
    const root = { accessKeyId: 'test', secretAccessKey: 'test' };
    admin = new Route53Client({ endpoint: emulator.endpoint, region, credentials: root });
  }, 60_000);

  beforeEach(async () => {
    const created = await admin.send(
      new CreateHostedZoneCommand({
        Name: ZONE_NAME,
        CallerReference: crypto.randomUUID(),
        VPC: { VPCId: `vpc-${crypto.randomUUID().slice(0, 8)}`, VPCRegion: 'us-east-1' },
      }),
    );
    zoneId = created.HostedZone!.Id!.replace('/hostedzone/', '');
    clock.nowMs += 60_000;
    await server.service.refresh();
  });

  afterEach(async () => {
    await admin.send(new DeleteHostedZoneCommand({ Id: zoneId }));
  });

  afterAll(async () => {
    await server.close();
    client.destroy();
    admin.destroy();
    await emulator.stop();
  });

  it.each(CASES)('$name', async ({ run }) => {
    await run(sdkSide(client, clock, zoneId));
    passed.wire += 1;
  });
});

afterAll(() => {
  process.stdout.write(
    `Route 53: ${passed.inProcess} of ${CASES.length} cases in process, ${passed.wire} of ${CASES.length} over the wire\n`,
  );
});
