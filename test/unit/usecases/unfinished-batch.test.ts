/** A pass of the register loop that ended after Route 53 took its batch, and before the head said so. */
import { describe, expect, it } from '@jest/globals';
import { planInZone } from '../../../functions/core/discovery/batches.ts';
import { ZONE } from '../../support/builders.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

type Cluster = Awaited<ReturnType<typeof littleCluster>>;

async function settled(): Promise<Cluster> {
  const cluster = await littleCluster();
  await cluster.put(stack({ web: service({ replicas: 2 }) }));
  await cluster.settle(60);
  cluster.wakes.take();
  return cluster;
}

const headOf = async ({ store }: Cluster) => (await store.load()).head;
const zonePlan = async ({ directory }: Cluster) => planInZone(await directory.list(), ZONE);

/** The head as the ended pass left it, `behind` plans before the zone. */
async function endInTheMiddle(cluster: Cluster, behind: 0 | 1): Promise<void> {
  const head = await headOf(cluster);
  await cluster.store.putHead({ ...head, plan: head.plan - behind, unsure: true }, head.version);
}

describe('a register pass that ended between its batch and its head', () => {
  it('is followed up at the next tick, though every name is as wanted', async () => {
    const cluster = await settled();
    await cluster.tick(false);
    expect(cluster.wakes.take().map(({ loop }) => loop)).not.toContain('register');
    await endInTheMiddle(cluster, 1);
    await cluster.tick(false);
    expect(cluster.wakes.take().map(({ loop }) => loop)).toContain('register');
  });

  it.each([
    { was: 'applied', behind: 1 },
    { was: 'not applied', behind: 0 },
  ] as const)('has the fence tell that its batch was $was', async ({ behind }) => {
    const cluster = await settled();
    await endInTheMiddle(cluster, behind);
    await cluster.loops.register();
    const head = await headOf(cluster);
    expect(head.unsure).toBe(false);
    expect(head.plan).toBe(await zonePlan(cluster));
  });
});
