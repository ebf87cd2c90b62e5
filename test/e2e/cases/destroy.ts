/** The end of the cluster: a plain deletion of its stack is refused, `berth destroy` leaves nothing with our tags. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Proof } from '../../../cli/destroy/proof.ts';
import { berth } from '../../../local/berth.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { instancesOf } from '../support/launches.ts';
import { deployed } from '../support/stacks.ts';

const STACK = 'last';
const compose = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 1s
`;

export function destroyCases(cloud: () => Cloud): void {
  describe('the end of a cluster', () => {
    beforeAll(async () => {
      await deployed(cloud(), compose);
    }, 240_000);

    // That it is asked before anything else is deleted is CloudFormation's order of dependencies (test/infra): the emulator
    // goes on deleting after a resource has refused, so it is called here as CloudFormation calls it.
    it('is refused to a plain deletion of its stack, with the instruction', async () => {
      const answer = await askGuard(cloud());
      expect(answer).toMatchObject({ Status: 'FAILED', RequestId: 'r1', LogicalResourceId: 'Guard' });
      expect(answer['Reason']).toMatch(
        /^the cluster berth is still there: \d+ instances? \(i-[0-9a-f]+.*\) of it, and \d+ record sets .*Run "berth destroy --cluster berth"/,
      );
    }, 120_000);

    it('comes with one command, and with the proof that nothing of it is left', async () => {
      const said = await berth(cloud(), 'destroy', '--yes', '--json', '--timeout', '240s');
      const { retained, ...left } = JSON.parse(said) as Proof & { cluster: string };
      expect(left).toEqual({
        cluster: 'berth',
        instances: [],
        volumes: [],
        interfaces: [],
        records: null,
        parameters: [],
        stack: null,
      });
      expect(retained).toEqual({ table: cloud().outputs['TableName'] });
      expect((await instancesOf(cloud())).filter(({ state }) => state !== 'terminated')).toEqual([]);
      expect(cloud().hosts()).toEqual([]);
    }, 600_000);
  });
}

/** Calls the stack's own function, and resolves with what it puts to the presigned address. */
async function askGuard({ plan, outputs }: Cloud): Promise<Record<string, string>> {
  const put = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.end();
      put.resolve(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lambda = new LambdaClient({
    region: plan.region,
    endpoint: loopbackEndpoint(plan.ports.relay),
    credentials: ROOT_KEYS,
  });
  const event = {
    RequestType: 'Delete',
    ResponseURL: `http://127.0.0.1:${String(port)}/answer`,
    StackId: 'stack',
    RequestId: 'r1',
    LogicalResourceId: 'Guard',
    PhysicalResourceId: 'Guard',
  };
  try {
    const Payload = JSON.stringify(event);
    await lambda.send(new InvokeCommand({ FunctionName: outputs['DeleteGuardFunction'], Payload }));
    return JSON.parse(await put.promise) as Record<string, string>;
  } finally {
    lambda.destroy();
    server.close();
  }
}
