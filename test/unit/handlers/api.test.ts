/** The operators' API from event to answer, over the twins: what a good call gets, and what errors become. */
import { describe, expect, it } from '@jest/globals';
import * as contract from '../../../contract/http-api.ts';
import { EXAMPLES } from '../../../contract/openapi-examples.ts';
import { ConflictError, ThrottledError } from '../../../functions/usecases/errors.ts';
import { apiWithTwins, CALLER } from '../../support/api-with-twins.ts';

const YAML = 'application/yaml';
const DOCUMENT = 'version: "3"\nservices:\n  web:\n    image: shop-web\n    ports: [80]\n';
const PUT = { what: 'PUT /v1/stacks/shop', type: YAML, body: DOCUMENT };

describe('PUT of a stack', () => {
  it('stores a revision, wakes the loop, says who did it, and hands the warnings back', async () => {
    const api = apiWithTwins();
    const { status, body } = await api.call(PUT);
    expect(status).toBe(200);
    expect(contract.putStackReply.parse(body)).toMatchObject({
      ...{ stack: 'shop', revision: 1, changed: true },
      warnings: [
        {
          ...{ path: 'version', line: 1, column: 10 },
          message: '`version` is obsolete and has no meaning',
          remedy: 'remove it',
        },
      ],
    });
    expect(api.wakes.take()).toMatchObject([{ loop: 'reconcile' }]);
    expect(api.decisions.all()).toMatchObject([{ code: 'stack-accepted', audit: true }]);
    expect(api.decisions.all()[0]?.message).toContain(CALLER);
  });

  it('of the same content changes nothing, wakes nobody, and still warns', async () => {
    const api = apiWithTwins();
    await api.call(PUT);
    api.wakes.take();
    const before = await api.rows();
    expect((await api.call(PUT)).body).toMatchObject({
      ...{ revision: 1, changed: false },
      warnings: [{ path: 'version' }],
    });
    expect(await api.rows()).toEqual(before);
  });

  it('as Compose and as the spec that it means is the same content', async () => {
    const api = apiWithTwins();
    await api.call(PUT);
    const stack = contract.stackDetail.parse((await api.call({ what: 'GET /v1/stacks/shop' })).body);
    const spec = { what: PUT.what, type: 'application/json', body: JSON.stringify(stack.spec) };
    expect((await api.call(spec)).body).toMatchObject({ revision: 1, changed: false, warnings: [] });
  });
});

describe('reading', () => {
  it('answers each route as the contract says', async () => {
    const api = apiWithTwins();
    await api.call(PUT);
    const get = async (what: string, query: Record<string, string> = {}) => {
      const { status, body } = await api.call({ what: `GET ${what}`, query });
      expect(status).toBe(200);
      return body;
    };
    expect(contract.stackList.parse(await get('/v1/stacks'))).toMatchObject([{ stack: 'shop' }]);
    expect(contract.replicaList.parse(await get('/v1/stacks/shop/replicas'))).toMatchObject([
      { replica: 'web-1', phase: 'pending', task: null },
    ]);
    expect(contract.replicaList.parse(await get('/v1/replicas'))).toHaveLength(1);
    expect(contract.hostList.parse(await get('/v1/hosts'))).toEqual([]);
    expect(contract.clusterSettings.parse(await get('/v1/cluster'))).toMatchObject({ dnsTtlSeconds: 10 });
    expect(contract.version.parse(await get('/v1/version'))).toMatchObject({ region: 'eu-west-1' });
    expect(contract.eventList.parse(await get('/v1/events', { stack: 'shop' })).events).toHaveLength(1);
    expect(contract.eventList.parse(await get('/v1/events', { stack: 'other' })).events).toEqual([]);
  });

  it.each(['GET /v1/stacks/none', 'GET /v1/stacks/none/replicas', 'DELETE /v1/stacks/none'])(
    '%s is 404, by name',
    async (what) => {
      const { status, body } = await apiWithTwins().call({ what });
      expect(status).toBe(404);
      expect(contract.errorReply.parse(body).error).toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('none'),
      });
    },
  );
});

describe('changing', () => {
  it('DELETE marks the stack and wakes the loop; again it says the same', async () => {
    const api = apiWithTwins();
    await api.call(PUT);
    api.wakes.take();
    for (let time = 0; time < 2; time += 1)
      expect((await api.call({ what: 'DELETE /v1/stacks/shop' })).body).toEqual({
        stack: 'shop',
        state: 'removing',
      });
    expect(api.wakes.take().length).toBeGreaterThan(0);
    expect((await api.call({ what: 'GET /v1/stacks/shop' })).body).toMatchObject({ state: 'removing' });
  });

  it('PATCH of the cluster changes what is named and keeps the rest', async () => {
    const api = apiWithTwins();
    const body = JSON.stringify(EXAMPLES.ClusterPatch);
    const answer = await api.call({ what: 'PATCH /v1/cluster', type: 'application/json', body });
    expect(contract.clusterSettings.parse(answer.body)).toMatchObject({ dnsTtlSeconds: 5, pollMs: 15_000 });
  });
});

describe('an error below the route', () => {
  const failing = async (error: Error, times: number) => {
    const api = apiWithTwins();
    api.stacks.faults.failNext('get', error, times);
    const { status, body } = await api.call(PUT);
    return { status, ...contract.errorReply.parse(body).error, logged: api.errors };
  };

  it('that somebody else was faster five times is 409, to be tried again', async () => {
    const api = apiWithTwins();
    api.stacks.faults.failNext('put', new ConflictError('the stack changed meanwhile'), 5);
    const { status, body } = await api.call(PUT);
    expect([status, contract.errorReply.parse(body).error.code]).toEqual([409, 'conflict']);
    expect((await api.call(PUT)).status).toBe(200);
  });

  it('that AWS throttles is 503', async () => {
    expect(await failing(new ThrottledError('slow down'), 1)).toMatchObject({ status: 503, code: 'busy' });
  });

  it('that nobody foresaw is 500, logged, and told to nobody outside', async () => {
    const told = await failing(new Error('the table has lost its key'), 1);
    expect(told).toMatchObject({ status: 500, code: 'internal', requestId: 'request-1' });
    expect(told.message).not.toContain('table');
    expect(told.logged.join()).toContain('the table has lost its key');
  });
});
