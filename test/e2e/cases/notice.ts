/** EC2 announces that it will take an instance: what runs there moves first, and the host goes before EC2 takes it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { controlEc2 } from '../support/control.ts';
import { hostNamed } from '../support/hosts.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { instancesOf } from '../support/launches.ts';
import { deployed, eventsOf, leave, replicasOf, withSettings } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const STACK = 'noticed';
const COMPOSE = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 1s
`;
/** From EC2's notice to the end of the instance. */
const NOTICE_MS = 120_000;

export function noticeCases(cloud: () => Cloud): void {
  describe('a host that EC2 will take', () => {
    let restore = (): Promise<void> => Promise.resolve();
    beforeAll(async () => {
      restore = await withSettings(cloud(), { dnsTtlSeconds: 1 });
      await deployed(cloud(), COMPOSE);
    }, 240_000);
    afterAll(async () => {
      await leave(cloud(), STACK);
      await restore();
    }, 120_000);

    it('is drained and terminated within the notice: its replica runs elsewhere first', async () => {
      const [before] = await replicasOf(cloud(), STACK);
      const { id, instanceId } = hostNamed(cloud(), before!.host);
      const startedMs = Date.now();
      const seconds = (): string => ((Date.now() - startedMs) / 1000).toFixed(1);
      await controlEc2(cloud(), 'POST announce', { instanceId, notice: 'interruption' });
      const moved = await waitUntil(
        async () => {
          const all = await replicasOf(cloud(), STACK);
          return all.find(({ host, health }) => host !== id && health === 'healthy');
        },
        { what: 'the replica elsewhere', timeoutMs: NOTICE_MS, everyMs: 500 },
      );
      tell(`${seconds()} s after the notice its replica was healthy on another host`);
      expect(moved.replica).toBe(before!.replica);
      const ended = async (): Promise<true | undefined> =>
        (await instancesOf(cloud())).find((each) => each.id === instanceId)?.state === 'terminated' ||
        undefined;
      await waitUntil(ended, {
        what: 'the end of the host',
        timeoutMs: NOTICE_MS - (Date.now() - startedMs),
        everyMs: 250,
      });
      tell(`${seconds()} s after the notice the host was terminated`);
      const said = (await eventsOf(cloud())).filter(({ subject }) => subject === id);
      const drain = said.find(({ code }) => code === 'host-draining');
      expect(drain?.message).toContain(`EC2 takes ${instanceId}; its replicas move to other hosts, by `);
      expect(said.findIndex(({ code }) => code === 'host-draining')).toBeLessThan(
        said.findIndex(({ code }) => code === 'host-gone'),
      );
    }, 300_000);
  });
}
