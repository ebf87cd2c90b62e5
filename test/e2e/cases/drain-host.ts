/** One of two hosts is drained: a client that honours SRV and TTL sees no failed request. An orphan is found and ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { digSrv, srvName } from '../support/dns.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { instancesOf } from '../support/launches.ts';
import { cli, deployed, eventsOf, hostViews, leave, replicasOf, withSettings } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';
import { startVisitors } from '../support/visitors.ts';

const STACK = 'moving';
const compose = (perHost: number): string => `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    ${HEALTH_CHECK}
    stop_grace_period: 2s
    deploy: { replicas: 2, placement: { max_replicas_per_node: ${String(perHost)} } }
`;

/** The second case finds what the first one has left. @param ttlS the cluster's `dnsTtlSeconds` */
export function drainHostCases(cloud: () => Cloud, ttlS: number): void {
  describe('a host that is drained', () => {
    beforeAll(async () => {
      await deployed(cloud(), compose(1));
      await deployed(cloud(), compose(2));
    }, 360_000);

    it('loses its replicas to the other one, with no failed request, and then its instance', async () => {
      const before = await replicasOf(cloud(), STACK);
      const host = before[0]?.host ?? '';
      expect(new Set(before.map((one) => one.host)).size).toBe(2);
      const name = srvName(cloud(), STACK, 'web');
      // Asked a moment earlier, a client remembers for a TTL that there is nobody.
      const served = async () => (await digSrv(cloud(), name)).length === 2 || undefined;
      await waitUntil(served, { what: 'both replicas in DNS', timeoutMs: 90_000 });
      const visitors = startVisitors(cloud(), { name, path: '/', ttlMs: ttlS * 1000, count: 1, restMs: 50 });
      const { code, text } = await cli(
        cloud(),
        'drain',
        host,
        '--reason',
        'an exercise',
        '--timeout',
        '180s',
      );
      expect([code, text]).toEqual([0, expect.stringContaining(`${host} is drained and terminated`)]);
      await sleep(ttlS * 1000);
      await visitors.stop();
      const { failed } = visitors;
      tell(
        `${String(visitors.requests())} requests, ${String(failed.length)} failed, while ${host} was drained`,
      );
      expect(failed).toEqual([]);
      expect(visitors.requests()).toBeGreaterThan(50);
      const after = await replicasOf(cloud(), STACK);
      expect(after.map((one) => [one.replica, one.health, one.registered])).toEqual([
        ['web-1', 'healthy', true],
        ['web-2', 'healthy', true],
      ]);
      expect(after.map((one) => one.host)).not.toContain(host);
      expect((await hostViews(cloud())).find((one) => one.host === host)?.state).toBe('terminated');
    }, 300_000);
  });

  describe('an instance with our tags and no row', () => {
    let restore = (): Promise<void> => Promise.resolve();
    beforeAll(async () => {
      restore = await withSettings(cloud(), { garbageAgeMs: 5_000 });
    });
    afterAll(async () => {
      await leave(cloud(), STACK);
      await restore();
    }, 120_000);

    it('is terminated once it is old enough, with the reason in events, and nobody else is', async () => {
      const alive = async () =>
        (await instancesOf(cloud())).filter(({ state }) => state === 'running').map(({ id }) => id);
      const wanted = await alive();
      const orphan = await launchOrphan(cloud());
      const gone = async (): Promise<true | undefined> =>
        (await instancesOf(cloud())).find(({ id }) => id === orphan)?.state === 'terminated' || undefined;
      // The minute rule wakes the loop that looks; the second look comes 15 s later.
      await waitUntil(gone, { what: 'the orphan to be terminated', timeoutMs: 220_000, everyMs: 1000 });
      expect((await alive()).sort()).toEqual([...wanted].sort());
      const told = (await eventsOf(cloud())).filter(({ code }) => code === 'garbage-deleted');
      expect(told.map(({ subject }) => subject)).toEqual([orphan]);
      expect(told[0]?.message).toContain('there is no host h-nobody0001');
    }, 240_000);
  });
}

/** What a person might do by hand: our template, our tags, no intent. */
async function launchOrphan({ plan, outputs }: Cloud): Promise<string> {
  const ec2 = new EC2Client({
    region: plan.region,
    endpoint: loopbackEndpoint(plan.ports.ec2),
    credentials: ROOT_KEYS,
  });
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  const one = Reservations.flatMap(({ Instances = [] }) => Instances).find(
    ({ State }) => State?.Name === 'running',
  );
  const template = process.arch === 'arm64' ? outputs['LaunchTemplateArm'] : outputs['LaunchTemplateX86'];
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateId: template?.split('/').at(-1), Version: '$Latest' },
      InstanceType: one?.InstanceType,
      SubnetId: one?.SubnetId,
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [
        {
          ResourceType: 'instance',
          Tags: [
            { Key: 'berth:cluster', Value: 'berth' },
            { Key: 'berth:host', Value: 'h-nobody0001' },
          ],
        },
      ],
    }),
  );
  return Instances[0]?.InstanceId ?? '';
}
