/** A batch of hosts of which not all rows were written, and the pass that takes the others away. */
import { expect, it } from '@jest/globals';
import { writeIntents } from '../../../functions/core/hosts/intent.ts';
import { hostBatch } from '../../support/builders.ts';
import { littleCluster } from '../../support/little-cluster.ts';

async function torn(): Promise<Awaited<ReturnType<typeof littleCluster>>> {
  const cluster = await littleCluster();
  const [first] = writeIntents(
    hostBatch({ count: 2 }),
    { launchTemplateId: 'lt-1', launchTemplateVersion: '1' },
    { nowMs: cluster.clock.nowMs(), seed: 's' },
  );
  if (first !== undefined) await cluster.hosts.putHost(first, 0);
  return cluster;
}

it('takes the rows of a torn batch away and says so', async () => {
  const cluster = await torn();
  await cluster.loops.provision();
  expect(await cluster.hosts.listHosts()).toEqual([]);
  expect(await cluster.events()).toContain('host-launch-failed');
});

it('has said why before the row is gone, also when it is killed in between', async () => {
  const cluster = await torn();
  const { hosts } = cluster;
  const whole = { ...hosts };
  Object.assign(hosts, { removeHost: () => Promise.reject(new Error('killed')) });
  await expect(cluster.loops.provision()).rejects.toThrow('killed');
  expect(await cluster.events()).toContain('host-launch-failed');
  Object.assign(hosts, whole);
  await cluster.settle(60);
  expect(await cluster.hosts.listHosts()).toEqual([]);
});
