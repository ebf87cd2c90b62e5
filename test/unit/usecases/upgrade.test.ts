/** A published agent through the whole control plane: manifests on the wire, reports, rows, events, `berth hosts`. */
import { describe, expect, it } from '@jest/globals';
import { readManifest } from '../../../functions/usecases/read-manifest.ts';
import { listHosts } from '../../../functions/usecases/list-hosts.ts';
import { littleCluster, type LittleClusterOptions } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const archive = { bucket: 'assets', key: '2.tar.gz', sha256: 'a'.repeat(64) };
const release = { version: '0.2.0', archives: { x86_64: archive, arm64: { ...archive, key: 'arm.tar.gz' } } };

async function threeHosts(options: LittleClusterOptions = {}) {
  const cluster = await littleCluster({ release, settings: { upgradeWatchMs: 10_000 }, ...options });
  await cluster.put(stack({ web: service({ replicas: 3, maxReplicasPerHost: 1 }) }));
  return cluster;
}
const told = async (cluster: Awaited<ReturnType<typeof threeHosts>>) =>
  (await cluster.events()).filter((code) => code.startsWith('agent-'));
const shown = async (cluster: Awaited<ReturnType<typeof threeHosts>>) =>
  (await listHosts(cluster)()).map(({ agentVersion, agentWanted }) => [agentVersion, agentWanted]);

describe('a published agent', () => {
  it('gets to all hosts, one canary first, and no task moves', async () => {
    const cluster = await threeHosts();
    await cluster.settle(20);
    const before = (await cluster.replicas()).map(({ task, host }) => [task, host]);
    await cluster.settle(60);
    expect(await told(cluster)).toEqual([
      'agent-canary',
      'agent-proven',
      'agent-upgrading',
      'agent-upgrading',
    ]);
    expect(await shown(cluster)).toEqual(Array(3).fill(['0.2.0', null]));
    expect((await cluster.replicas()).map(({ task, host }) => [task, host])).toEqual(before);
    expect(await cluster.agents.load()).toMatchObject({ proven: '0.2.0', refused: [] });
    const [host] = await cluster.hosts.listHosts();
    const manifest = await readManifest(cluster)({ host: host!.id, instanceId: host!.instanceId! }, null);
    expect(manifest?.agent).toEqual({
      version: '0.2.0',
      request: expect.any(Number),
      trialMs: 20_000,
      archive,
    });
  });

  it('that one host gives up is refused: the others are never asked, and nothing moves', async () => {
    const asked = new Set<string>();
    const cluster = await threeHosts({
      upgrades: (host, version) => {
        asked.add(`${host} ${version}`);
        return 'goes-back';
      },
    });
    await cluster.settle(120);
    expect(await told(cluster)).toEqual(['agent-canary', 'agent-refused']);
    expect(asked.size).toBe(1);
    expect(await shown(cluster)).toEqual(Array(3).fill(['0.1.0', null]));
    const { refused } = await cluster.agents.load();
    expect(refused).toMatchObject([
      { version: '0.2.0', reason: expect.stringMatching(/^h-\S+ went back to 0\.1\.0: it ended 3 times$/) },
    ]);
  });

  it('is nobody’s business in a cluster that publishes none', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service() }));
    await cluster.settle(30);
    expect(await told(cluster)).toEqual([]);
  });
});
