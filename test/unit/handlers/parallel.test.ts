/** Many requests for one stack at once: one winner a moment, nothing lost, nothing half-done. */
import { describe, expect, it } from '@jest/globals';
import { apiWithTwins } from '../../support/api-with-twins.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const DOCUMENT = (n: number) => `services:\n  web:\n    image: shop-web:v${n}\n`;
const put = (n: number) => ({
  ...{ what: 'PUT /v1/stacks/shop', type: 'application/yaml', body: DOCUMENT(n) },
});
const remove = { what: 'DELETE /v1/stacks/shop' };
const hundred = Array.from({ length: 100 }, (_, index) => index);

describe('a hundred requests at once', () => {
  it('to deploy: each accepted one has a revision and an audit row of its own, the last is wanted', async () => {
    const api = apiWithTwins();
    const answers = await Promise.all(hundred.map((n) => api.call(put(n))));
    const accepted = answers.filter(({ status }) => status === 200);
    const others = answers.filter(({ status }) => status !== 200);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { status, body } of others)
      expect([status, body]).toMatchObject([409, { error: { code: 'conflict' } }]);
    const revisions = accepted.map(({ body }) => (body as { revision: number }).revision);
    expect(new Set(revisions).size).toBe(revisions.length);
    const [head] = await api.stacks.list();
    expect(head?.revision).toBe(Math.max(...revisions));
    const audit = api.decisions.all().filter(({ code }) => code === 'stack-accepted');
    expect(audit).toHaveLength(accepted.length);
    expect(api.errors).toEqual([]);
  });

  it('to remove: each says the same, and one does it', async () => {
    const api = apiWithTwins();
    await api.call(put(1));
    const answers = await Promise.all(hundred.map(() => api.call(remove)));
    for (const { status } of answers) expect([200, 202, 204, 409]).toContain(status);
    expect(answers.some(({ status }) => status < 300)).toBe(true);
    expect((await api.stacks.list()).map(({ wanted }) => wanted)).toEqual(['absent']);
    expect(api.errors).toEqual([]);
  });

  it('to deploy and to remove: it is wanted or it is not, and the next request works', async () => {
    const api = apiWithTwins();
    await Promise.all(hundred.map((n) => api.call(n % 2 === 0 ? put(n) : remove)));
    expect((await api.stacks.list()).length).toBeLessThanOrEqual(1);
    expect((await api.call(put(1000))).status).toBe(200);
    expect((await api.stacks.list()).map(({ wanted }) => wanted)).toEqual(['present']);
    expect(api.errors).toEqual([]);
  });
});

describe('one request after the other, faster than the loops:', () => {
  const running = async (cluster: Awaited<ReturnType<typeof littleCluster>>) =>
    (await cluster.replicas()).filter(({ phase }) => phase === 'running').map(({ replica }) => replica);

  it('removed in the middle of a deploy, and deployed anew, ends as the last one says', async () => {
    const cluster = await littleCluster();
    await cluster.put(stack({ web: service({ replicas: 2 }) }));
    await cluster.settle(3);
    await cluster.remove('shop');
    await cluster.settle(1);
    await cluster.put(stack({ web: service({ replicas: 1 }) }));
    await cluster.settle(200);
    expect(await running(cluster)).toEqual(['web-1']);
    await cluster.remove('shop');
    await cluster.settle(120);
    expect([await cluster.replicas(), await cluster.stacks.list()]).toEqual([[], []]);
  });

  it('scaled to none and back to one ends with one, in DNS', async () => {
    const cluster = await littleCluster();
    for (const replicas of [1, 0, 1]) {
      await cluster.put(stack({ web: service({ replicas }) }));
      await cluster.settle(replicas === 0 ? 1 : 150);
    }
    expect(await running(cluster)).toEqual(['web-1']);
    expect(cluster.answers('SRV', '_http._tcp.web.shop')).toHaveLength(1);
  });
});
