/** The route tables: what is refused or answered before any store is asked. */
import { describe, expect, it } from '@jest/globals';
import { AGENT_ROUTES, OPERATOR_ROUTES } from '../../../infra/constructs/http-api.ts';
import { agentRoutes } from '../../../functions/handlers/agent-api/routes.ts';
import { apiRoutes, EVENTS_MAX } from '../../../functions/handlers/api/routes.ts';
import type { RequestError } from '../../../functions/handlers/shared/error-reply.ts';
import { dispatch, ok } from '../../../functions/handlers/shared/routes.ts';
import { ForbiddenError } from '../../../functions/usecases/errors.ts';
import { HOST_ROLE, request, sessionOf } from './requests.ts';

const COMMON = {
  CLUSTER: 'berth',
  TABLE_NAME: 'no-such-table',
  WAKE_QUEUE_URL: 'http://127.0.0.1:9/queue',
  ZONE_NAME: 'berth.internal',
  PRICE_SOURCE: 'file' as const,
  SECURITY_GROUPS: [],
  HOST_ROLE_NAME: HOST_ROLE.name,
};
const api = apiRoutes(COMMON, 'eu-west-1');
const agents = agentRoutes({ ...COMMON, HOST_ROLE_ID: HOST_ROLE.id });
const named = (routes: typeof OPERATOR_ROUTES) =>
  routes.flatMap(([path, ...methods]) => methods.map((method) => `${method} ${path}`));
const OPERATORS = named(OPERATOR_ROUTES);
const AGENTS = named(AGENT_ROUTES);

/** What an answer was refused with. */
async function refused(answer: () => Promise<unknown>): Promise<Error> {
  try {
    await answer();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was answered');
}
const problemOf = async (answer: () => Promise<unknown>) => {
  const error = await refused(answer);
  expect(error).toMatchObject({ name: 'RequestError', status: 400 });
  const [problem] = (error as Partial<RequestError>).problems ?? [];
  expect(problem?.remedy).toMatch(/./);
  return problem?.path;
};

describe('a route table', () => {
  it('answers what it has and refuses the rest by name', async () => {
    const answer = dispatch({ 'GET /v1/a': () => Promise.resolve(ok({ a: 1 })) });
    expect(await answer(request('GET /v1/a'))).toEqual({ status: 200, body: { a: 1 } });
    for (const route of ['GET /v1/b', 'PUT /v1/a', '$default', 'toString']) {
      const error = await refused(async () => answer(request(route)));
      expect(error).toMatchObject({ status: 404, code: 'not-found' });
      expect(error.message).toContain(route);
    }
  });
});

describe('operators’ routes', () => {
  it.each(OPERATORS)('%s is refused to hosts and to nobody', async (route) => {
    const parameters = { stack: 'shop' };
    for (const caller of [null, sessionOf()])
      expect(await refused(() => api(request(route, { caller, parameters })))).toBeInstanceOf(ForbiddenError);
  });

  it.each(['PUT /v1/stacks/{stack}', 'GET /v1/stacks/{stack}', 'DELETE /v1/stacks/{stack}'])(
    '%s refuses a name that is no DNS label',
    async (route) => {
      for (const stack of ['', 'My_Stack', '-a', 'a-', 'a.b', 'x'.repeat(64), '../shop'])
        expect(await problemOf(() => api(request(route, { parameters: { stack } })))).toBe('stack');
    },
  );

  it('GET /v1/events refuses a limit or an id that is none', async () => {
    const events = (query: Record<string, string>) => () => api(request('GET /v1/events', { query }));
    for (const limit of ['0', '-1', '1.5', 'many', String(EVENTS_MAX + 1)])
      expect(await problemOf(events({ limit }))).toBe('limit');
    for (const after of ['', 'yesterday', '0'.repeat(60)])
      expect(await problemOf(events({ after }))).toBe('after');
  });

  it('PUT /v1/stacks/{stack} asks for YAML or JSON', async () => {
    for (const type of [undefined, 'text/plain', 'multipart/form-data']) {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const put = request('PUT /v1/stacks/{stack}', { parameters: { stack: 'shop' }, headers });
      const error = await refused(() => api(put));
      expect(error).toMatchObject({ status: 415, code: 'unsupported-media-type' });
      expect(error.message).toContain('application/yaml');
    }
  });

  it('PATCH /v1/cluster refuses settings that do not exist or are out of range', async () => {
    const patch = (body: object) => () =>
      api(request('PATCH /v1/cluster', { body: Buffer.from(JSON.stringify(body)) }));
    expect(await problemOf(patch({ polMs: 1000 }))).toBe('polMs');
    expect(await problemOf(patch({ pollMs: 1 }))).toBe('pollMs');
    expect(await problemOf(patch({ pool: { instanceType: 'large' } }))).toMatch(/^pool\./);
  });

  it('say which cluster this is, and what there is to call', async () => {
    const version = await api(request('GET /v1/version'));
    expect(version.body).toMatchObject({ cluster: 'berth', zone: 'berth.internal', region: 'eu-west-1' });
    const { body } = await api(request('GET /v1/openapi.json'));
    expect(body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
  });
});

describe('agents’ routes', () => {
  it.each(AGENTS)('%s is refused to everybody but hosts', async (route) => {
    const others = [null, sessionOf({ role: 'admin' }), sessionOf({ roleId: 'AROAOTHER' })];
    for (const caller of [...others, request(route).caller])
      expect(
        await refused(async () => agents(request(route, { caller, parameters: { host: 'h-aaaaaa' } }))),
      ).toBeInstanceOf(ForbiddenError);
  });

  it.each(AGENTS.filter((route) => !route.startsWith('GET')))(
    '%s refuses a body that does not fit',
    async (route) => {
      for (const body of ['', '{}', '[1]', '{"bootId":7}']) {
        const answer = async () => agents(request(route, { caller: sessionOf(), body: Buffer.from(body) }));
        expect(await refused(answer)).toMatchObject({ status: 400, code: 'invalid-request' });
      }
    },
  );

  it('are other routes than operators’', async () => {
    expect(OPERATORS.filter((route) => AGENTS.includes(route))).toEqual([]);
    for (const route of OPERATORS)
      expect(await refused(async () => agents(request(route, { caller: sessionOf() })))).toMatchObject({
        status: 404,
      });
  });
});
