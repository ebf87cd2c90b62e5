/** The end of the cluster: a plain deletion of its stack is refused, `berth destroy` leaves nothing with our tags. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { cloudFormation } from '../../../cli/destroy/aws/cloudformation.ts';
import type { Proof } from '../../../cli/destroy/proof.ts';
import { berth } from '../../../local/berth.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import { waitUntil } from '../../../local/wait-until.ts';
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
    const formation = () =>
      cloudFormation({
        endpoint: new URL(loopbackEndpoint(cloud().plan.ports.relay)),
        region: cloud().plan.region,
        credentials: () => Promise.resolve(ROOT_KEYS),
      });
    beforeAll(async () => {
      await deployed(cloud(), compose);
    }, 120_000);

    it('is refused to a plain deletion of its stack, with the instruction, and nothing is deleted', async () => {
      await formation().deleteStack('berth-berth');
      const ended = async () => {
        const stack = await formation().stack('berth-berth');
        return stack?.status === 'DELETE_FAILED' ? stack : undefined;
      };
      await waitUntil(ended, { what: 'the deletion to fail', timeoutMs: 60_000, everyMs: 500 });
      const why = (await formation().failures('berth-berth')).join('\n');
      expect(why).toMatch(
        /DeleteGuard.*the cluster berth is still there.*Run "berth destroy --cluster berth"/,
      );
      expect(why.split('\n')).toHaveLength(1);
      await berth(cloud(), 'hosts'); // the control plane is all there
    }, 90_000);

    it('comes with one command, and with the proof that nothing of it is left', async () => {
      const said = await berth(cloud(), 'destroy', '--yes', '--json', '--timeout', '120s');
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
    }, 300_000);
  });
}
