/** An emulator, a gateway before it, and a fresh zone for each test. */
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { Change as SdkChange, ListResourceRecordSetsResponse } from '@aws-sdk/client-route-53';
import type { Route53Server } from '../../../local/route53/server.ts';
import { startRoute53Server } from '../../../local/route53/server.ts';
import type { Credentials, Ministack } from '../../support/ministack.ts';
import { freePort, startMinistack } from '../../support/ministack.ts';
import { toSdkChange } from './directory.ts';
import { change as suiteChange, ZONE_NAME } from './suite.ts';

export const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' };

export const change = (...args: Parameters<typeof suiteChange>) => toSdkChange(suiteChange(...args));

/** The name of the error that a call ends with, or `accepted`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: unknown) => (error as Error).name,
  );
}

export interface TestGateway {
  readonly emulator: Ministack;
  readonly server: Route53Server;
  readonly endpoint: string;
  /** Root, past the gateway: what CloudFormation does. */
  readonly admin: Route53Client;
  /** The zone that `write`, `read` and `truth` are about; a test may turn to another. */
  zoneId: string;
  readonly clientOf: (credentials: Credentials, maxAttempts?: number) => Route53Client;
  readonly createZone: (client: Route53Client, name?: string) => Promise<string>;
  readonly write: (
    client: Route53Client,
    ...changes: SdkChange[]
  ) => Promise<{ ChangeInfo: { Id?: string | undefined } | undefined }>;
  readonly read: (client: Route53Client) => Promise<Partial<ListResourceRecordSetsResponse>>;
  /** Number of record sets as the model has them, without a call: proof that nothing changed. */
  readonly truth: () => number | undefined;
  readonly control: (command: string, body?: object) => Promise<unknown>;
}

/** Fast where the tests are not about speed: no bucket in the way, 200 ms to INSYNC. */
const SETTINGS = { requestsPerSecond: 1000, processingMs: 0, propagationMs: 200 };

/** Called once, at the top of a test file. */
export function gatewayForTests(): TestGateway {
  jest.setTimeout(120_000); // real processes, on a machine that may be busy with other suites
  const clients: Route53Client[] = [];
  const connect = (endpoint: string, credentials: Credentials, maxAttempts = 1) => {
    const client = new Route53Client({ endpoint, region: 'us-east-1', credentials, maxAttempts });
    clients.push(client);
    return client;
  };
  const gateway: { -readonly [Name in keyof TestGateway]: TestGateway[Name] } = {
    ...({} as Pick<TestGateway, 'emulator' | 'server' | 'admin'>),
    endpoint: '',
    zoneId: '',
    clientOf: (credentials, maxAttempts) => connect(gateway.endpoint, credentials, maxAttempts),
    createZone,
    write: async (client, ...changes) => {
      const input = { HostedZoneId: gateway.zoneId, ChangeBatch: { Changes: changes } };
      return { ChangeInfo: (await client.send(new ChangeResourceRecordSetsCommand(input))).ChangeInfo };
    },
    read: (client) => client.send(new ListResourceRecordSetsCommand({ HostedZoneId: gateway.zoneId })),
    truth: () => gateway.server.service.model.countSets(gateway.zoneId),
    async control(command, body) {
      const [method = '', path = ''] = command.split(' ');
      const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`${gateway.endpoint}/_berth/route53/${path}`, init);
      const answer: unknown = await response.json();
      return response.ok ? answer : `${response.status} ${JSON.stringify(answer)}`;
    },
  };

  beforeAll(async () => {
    gateway.emulator = await startMinistack();
    const port = await freePort();
    gateway.endpoint = `http://127.0.0.1:${port}`;
    const listen = [{ address: '127.0.0.1', port }];
    gateway.server = await startRoute53Server({ emulator: gateway.emulator.endpoint, listen, ...SETTINGS });
    gateway.admin = connect(gateway.emulator.endpoint, ROOT);
  }, 60_000);
  beforeEach(async () => {
    gateway.zoneId = await createZone(gateway.admin);
    await gateway.server.service.refresh();
  });
  afterEach(async () => {
    await refusal(gateway.admin.send(new DeleteHostedZoneCommand({ Id: gateway.zoneId })));
  });
  afterAll(async () => {
    await gateway.server.close();
    for (const client of clients) client.destroy();
    await gateway.emulator.stop();
  });
  return gateway;
}

async function createZone(client: Route53Client, name = ZONE_NAME): Promise<string> {
  const input = { Name: name, CallerReference: crypto.randomUUID() };
  const vpc = { VPCId: `vpc-${crypto.randomUUID().slice(0, 8)}`, VPCRegion: 'us-east-1' } as const;
  const { HostedZone: zone } = await client.send(new CreateHostedZoneCommand({ ...input, VPC: vpc }));
  return zone!.Id!.replace('/hostedzone/', '');
}
