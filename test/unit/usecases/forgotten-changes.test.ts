/** A change that Route 53 does not know: no guess, no endless question, but a later change's word. */
import { describe, expect, it } from '@jest/globals';
import { FORGOTTEN_AFTER_MS } from '../../../functions/usecases/confirm-changes.ts';
import { NotFoundError } from '../../../functions/usecases/errors.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const SETTINGS = { drainDeadlineMs: 3_600_000 };

/** A served stack whose removal is accepted as a change that `forgets` says Route 53 does not know. */
async function removed(forgets: (order: number) => boolean) {
  const cluster = await littleCluster({ settings: SETTINGS });
  await cluster.put(stack({ web: service({ replicas: 2 }) }));
  await cluster.settle(40);
  const known = cluster.directory.isInSync.bind(cluster.directory);
  const asked: string[] = [];
  Object.assign(cluster.directory, {
    isInSync: async (id: string) => {
      if (!asked.includes(id)) asked.push(id);
      if (forgets(asked.indexOf(id))) throw new NotFoundError(`NoSuchChange: ${id}`);
      return await known(id);
    },
  });
  const beganMs = cluster.clock.nowMs();
  /** A run of the register loop that waits takes its own time: the clock says how far it is. */
  const pass = async (seconds: number) => {
    while (cluster.clock.nowMs() < beganMs + seconds * 1000) await cluster.settle(0.25);
  };
  const tellings = async () =>
    (await cluster.decisions.list({ limit: 1000 })).filter(({ code }) => code === 'dns-unconfirmed');
  await cluster.remove('shop');
  return { ...cluster, asked, beganMs, pass, tellings };
}

describe('a change that Route 53 does not know', () => {
  it('is given up after a minute; the fence alone then confirms what it did, and the task stops', async () => {
    const cluster = await removed((order) => order === 0);
    const fenceBefore = (await cluster.store.load()).head.plan;
    await cluster.pass(150);
    // Older changes, which nobody had waited for, and the one that was made for its sake.
    expect(cluster.asked.slice(1)).toEqual(['C0000000000001', 'C0000000000002', 'C0000000000004']);
    expect((await cluster.tellings()).map(({ message }) => message)).toEqual([
      expect.stringContaining('does not say whether'),
      expect.stringContaining('does not know'),
    ]);
    expect((await cluster.store.load()).head).toMatchObject({ plan: fenceBefore + 2, pending: [] });
    for (const stoppedAtMs of cluster.stoppedAtMs.values()) {
      // After the minute, the later change's own propagation (2 s) and the TTL.
      expect(stoppedAtMs - cluster.beganMs).toBeGreaterThanOrEqual(FORGOTTEN_AFTER_MS + 12_000);
    }
    expect(cluster.stoppedAtMs.size).toBe(2);
    expect(await cluster.replicas()).toEqual([]);
  });

  it('is only asked again when it is young: Route 53 may not have heard of it itself yet', async () => {
    let asks = 0;
    const cluster = await removed((order) => order === 0 && ++asks <= 5);
    await cluster.pass(60);
    expect(cluster.asked).not.toContain('C0000000000004');
    expect(await cluster.tellings()).toHaveLength(1);
    expect(await cluster.replicas()).toEqual([]);
  });

  it('never counts as done, and makes at most one more batch a minute', async () => {
    const cluster = await removed(() => true);
    await cluster.pass(300);
    expect(cluster.stoppedAtMs.size).toBe(0);
    const minutes = (cluster.clock.nowMs() - cluster.beganMs) / FORGOTTEN_AFTER_MS;
    const more = cluster.asked.filter((id) => id > 'C0000000000003').length;
    expect(more).toBeGreaterThanOrEqual(2);
    expect(more).toBeLessThanOrEqual(minutes);
  });

  it('in a zone that went back to an older plan: the fence finds out, and the zone is read anew', async () => {
    const cluster = await removed((order) => order === 0);
    const { head } = await cluster.store.load();
    await cluster.directory.apply(
      [
        { action: 'DELETE', record: fence(head.plan) },
        { action: 'CREATE', record: fence(head.plan - 1) },
      ],
      'somebody restores the zone',
    );
    await cluster.pass(200);
    expect(await cluster.events()).toContain('dns-rejected');
    expect(cluster.stoppedAtMs.size).toBe(2);
    expect(await cluster.replicas()).toEqual([]);
  });
});

const fence = (plan: number) => ({
  name: '_berth-plan.berth.internal',
  type: 'TXT' as const,
  ttlSeconds: 60,
  values: [`"plan=${plan}"`],
});
