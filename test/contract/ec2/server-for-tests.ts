/** The EC2 server over an emulator, with hosts on paper. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { startEc2Server } from '../../../local/ec2/server.ts';
import type { Ec2Service, Ec2ServiceOptions } from '../../../local/ec2/service.ts';
import { createEc2 } from '../../../local/ec2/service.ts';
import type { Credentials } from '../../support/ministack.ts';
import { freePort } from '../../support/ministack.ts';
import { ACCOUNT, REGION } from './account.ts';
import type { PaperMetal } from './no-metal.ts';
import { noMetal } from './no-metal.ts';

export interface Ec2ForTests {
  readonly endpoint: string;
  readonly service: Ec2Service;
  readonly metal: PaperMetal;
  /** A client with these keys that asks once. */
  clientOf(credentials: Credentials & { readonly sessionToken?: string }): EC2Client;
  readonly close: () => Promise<void>;
}

export async function serveEc2(
  emulator: string,
  over: Partial<Omit<Ec2ServiceOptions, 'metal' | 'emulator'>> = {},
): Promise<Ec2ForTests> {
  const metal = noMetal();
  const service = createEc2({
    emulator,
    account: ACCOUNT,
    region: REGION,
    network: '10.77.9',
    seed: 'contract',
    ...over,
    metal,
  });
  const port = await freePort();
  const server = await startEc2Server({ service, emulator, listen: [{ host: '127.0.0.1', port }] });
  const endpoint = `http://127.0.0.1:${port}`;
  const clients: EC2Client[] = [];
  return {
    endpoint,
    service,
    metal,
    clientOf(credentials) {
      const client = new EC2Client({ endpoint, region: REGION, credentials, maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await server.close();
      await service.close();
    },
  };
}
