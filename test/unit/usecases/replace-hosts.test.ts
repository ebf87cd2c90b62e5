/** Hosts whose launch template has a newer version, in the whole control plane on one fake clock. */
import { describe, expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

describe('hosts of an older launch template version', () => {
  it('are replaced one at a time, and every replica serves on', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service({ replicas: 2, maxReplicasPerHost: 1 }) }));
    await cluster.settle(90);
    const before = (await cluster.hosts.listHosts()).map(({ id }) => id);
    // As if they had been launched before the last deploy.
    for (const host of await cluster.hosts.listHosts())
      await cluster.hosts.putHost(
        { ...host, launch: { ...host.launch, launchTemplateVersion: '1' } },
        host.version,
      );
    let [fewest, most] = [2, 2];
    for (let step = 0; step < 40; step += 1) {
      await cluster.tick(true);
      await cluster.settle(20);
      const rows = await cluster.hosts.listHosts();
      most = Math.max(
        most,
        rows.filter(({ state }) => state !== 'terminated' && state !== 'terminating').length,
      );
      fewest = Math.min(fewest, (await cluster.replicas()).filter(({ registered }) => registered).length);
    }
    const ready = (await cluster.hosts.listHosts()).filter(({ state }) => state === 'ready');
    expect(ready.map(({ launch }) => launch.launchTemplateVersion)).toEqual(['2', '2']);
    expect(ready.some(({ id }) => before.includes(id))).toBe(false);
    expect([fewest, most]).toEqual([2, 3]);
    expect((await cluster.events()).filter((code) => code === 'host-outdated')).toHaveLength(2);
  });
});
