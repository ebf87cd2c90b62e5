/** One audit row for each change of a stack's head, also when whoever made it was killed before its words (I25). */
import { describe, expect, it } from '@jest/globals';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const version = (number: number) => stack({ web: service({ environment: { VERSION: String(number) } }) });

/** The next change of a head is made, and whoever made it says no more. */
async function killedAfterHead(
  cluster: Awaited<ReturnType<typeof littleCluster>>,
  change: () => Promise<unknown>,
) {
  const append = cluster.decisions.append.bind(cluster.decisions);
  const put = cluster.stacks.put.bind(cluster.stacks);
  cluster.stacks.put = async (head, before) => {
    await put(head, before);
    cluster.decisions.append = () => Promise.reject(new Error('the function was killed'));
  };
  await expect(change()).rejects.toThrow('killed');
  Object.assign(cluster.stacks, { put });
  Object.assign(cluster.decisions, { append });
}
const audit = (cluster: Awaited<ReturnType<typeof littleCluster>>) =>
  cluster.decisions
    .all()
    .filter(({ code }) => code === 'stack-accepted' || code === 'stack-removing')
    .map(({ message }) => message);

describe('the audit row of a change that lost its words', () => {
  it('is written by whoever changes the stack next', async () => {
    const cluster = await littleCluster();
    await killedAfterHead(cluster, () => cluster.put(version(1)));
    expect(audit(cluster)).toEqual([]);
    await cluster.clock.advance(1000);
    await cluster.put(version(2));
    expect(audit(cluster)).toEqual([
      'revision 1 of shop is wanted, by tester',
      'revision 2 of shop is wanted, by tester',
    ]);
    await killedAfterHead(cluster, () => cluster.put(version(3)));
    await cluster.remove('shop');
    expect(audit(cluster).slice(2)).toEqual([
      'revision 3 of shop is wanted, by tester',
      'shop shall go, by tester',
    ]);
  });

  it('is written by the reconcile loop, once, with the time of the change', async () => {
    const cluster = await littleCluster();
    await killedAfterHead(cluster, () => cluster.put(version(1)));
    const changedAtMs = cluster.clock.nowMs();
    await cluster.clock.advance(20_000);
    for (let pass = 0; pass < 3; pass += 1) await cluster.loops.reconcile();
    expect(audit(cluster)).toEqual(['revision 1 of shop is wanted, by tester']);
    const row = cluster.decisions.all().find(({ audit: isAudit }) => isAudit === true);
    expect(row).toMatchObject({ atMs: changedAtMs, by: 'api', code: 'stack-accepted' });
  });

  it('is there before the stack is gone', async () => {
    const cluster = await littleCluster();
    await cluster.put(version(1));
    await killedAfterHead(cluster, () => cluster.remove('shop'));
    await cluster.settle(30);
    expect(await cluster.stacks.list()).toEqual([]);
    expect(audit(cluster).at(-1)).toBe('shop shall go, by tester');
  });
});
