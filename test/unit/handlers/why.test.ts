/** `GET /v1/stacks/{stack}/replicas/{replica}/placement`: as the route answers, and what is said of a cluster that runs. */
import { describe, expect, it } from '@jest/globals';
import { replicaPlacement, type ReplicaPlacement } from '../../../contract/http-api.ts';
import { explainPlacement } from '../../../functions/usecases/explain-placement.ts';
import { apiWithTwins } from '../../support/api-with-twins.ts';
import { littleCluster } from '../../support/little-cluster.ts';
import { service, stack } from '../../support/stacks.ts';

const web = (over = {}) => service({ platform: 'linux/amd64', ...over });
const MEMORY = (memoryMib: number) => ({
  resources: {
    reservedCpuMillis: 100,
    reservedMemoryBytes: memoryMib * 2 ** 20,
    limitPids: 100,
  },
});

async function running(spec = stack({ web: web({ replicas: 2 }) }), hostsMax = 10) {
  const pool = { instanceType: 't3.small', architecture: 'x86_64' as const, hostsMax };
  const cluster = await littleCluster({ settings: { pool } });
  await cluster.put(spec);
  await cluster.settle(60);
  const explain = explainPlacement(cluster);
  const why = async (replica: string): Promise<ReplicaPlacement> =>
    replicaPlacement.parse(await explain({ stack: 'shop', replica }));
  return { cluster, why };
}

describe('the route', () => {
  const body = JSON.stringify(stack({ web: web() }));
  const of = (path: string) => ({ what: `GET /v1/stacks/${path}/placement` });

  it('answers for a replica of a stack: it waits, and there is no host', async () => {
    const api = apiWithTwins();
    expect((await api.call({ what: 'PUT /v1/stacks/shop', body, type: 'application/json' })).status).toBe(
      200,
    );
    const answer = await api.call(of('shop/replicas/web-1'));
    expect(answer.status).toBe(200);
    expect(replicaPlacement.parse(answer.body)).toMatchObject({
      ...{ stack: 'shop', replica: 'web-1', host: null, now: null, verdicts: [] },
      reason: 'web-1 is not placed yet',
    });
  });

  it.each([
    ['shop/replicas/web-2', 404, 'not-found', 'the stack shop has no replica web-2'],
    ['shop/replicas/db-1', 404, 'not-found', 'the stack shop has no replica db-1'],
    ['shop/replicas/web', 404, 'not-found', 'the stack shop has no replica web'],
    ['shop/replicas/web-01', 404, 'not-found', 'the stack shop has no replica web-01'],
    ['blog/replicas/web-1', 404, 'not-found', 'the stack blog has no replica web-1'],
    ['shop/replicas/WEB_1', 400, 'invalid-request', '"WEB_1" is no name of a replica'],
    ['Shop/replicas/web-1', 400, 'invalid-request', '"Shop" is no name for a stack'],
  ])('%s is %i', async (path, status, code, message) => {
    const api = apiWithTwins();
    await api.call({ what: 'PUT /v1/stacks/shop', body, type: 'application/json' });
    const answer = await api.call(of(path));
    expect([answer.status, answer.body]).toEqual([
      status,
      { error: expect.objectContaining({ code, message }) },
    ]);
    expect(api.errors).toEqual([]);
  });
});

describe('why', () => {
  it('a replica is where it is: its host, the reason of then, and every host with its parts', async () => {
    const { cluster, why } = await running();
    const [host] = await cluster.hosts.listHosts();
    const answer = await why('web-2');
    expect(answer).toMatchObject({ host: host!.id, now: { host: host!.id }, hints: [] });
    expect(answer.reason).not.toBe('');
    // The other replica is there as well; this one counts as not placed yet.
    expect(answer.verdicts).toMatchObject([{ host: host!.id, filter: null, score: { replicasOnHost: 1 } }]);
  });

  it('a replica waits: what refuses each host, and what would have to change', async () => {
    const { cluster, why } = await running(stack({ web: web({ replicas: 2, ...MEMORY(1200) }) }), 1);
    const [host] = await cluster.hosts.listHosts();
    const answers = await Promise.all(['web-1', 'web-2'].map(why));
    const waiting = answers.filter((one) => one.host === null);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]).toMatchObject({
      now: null,
      verdicts: [{ host: host!.id, score: null, filter: 'memory' }],
    });
    expect(waiting[0]!.hints.length).toBeGreaterThan(0);
    expect(waiting[0]!.reason).not.toMatch(/is not placed yet/);
    // The one that runs does not stand in its own way.
    expect(answers.find((one) => one.host !== null)).toMatchObject({ now: { host: host!.id } });
  });

  it('a host takes nothing now: because it is drained, or its Docker does not answer', async () => {
    const { cluster, why } = await running();
    const [host] = await cluster.hosts.listHosts();
    cluster.hangs.add(host!.id);
    await cluster.settle(5);
    expect((await why('web-1')).verdicts).toMatchObject([
      { host: host!.id, score: null, reason: expect.stringContaining('Docker does not answer') },
    ]);
    cluster.hangs.delete(host!.id);
    await cluster.hosts.putHost(
      { ...(await cluster.hosts.getHost(host!.id))!, state: 'draining', reason: 'asked to' },
      (await cluster.hosts.getHost(host!.id))!.version,
    );
    const [verdict] = (await why('web-1')).verdicts;
    expect(verdict).toMatchObject({ score: null, reason: expect.stringContaining('is draining: asked to') });
  });

  it('a replica past the count is known for as long as something of it runs', async () => {
    const { cluster, why } = await running();
    await cluster.put(stack({ web: web({ replicas: 1 }) }));
    await cluster.loops.reconcile();
    expect((await why('web-2')).replica).toBe('web-2');
    await cluster.settle(90);
    await expect(why('web-2')).rejects.toThrow('the stack shop has no replica web-2');
  });
});
