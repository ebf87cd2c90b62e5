/** Operators' routes: each reads its input, calls one use-case and answers. */
import { clusterPatch } from '../../../contract/http-api.ts';
import { DNS_LABEL } from '../../../contract/names.ts';
import { openApi } from '../../../contract/openapi.ts';
import { cryptoIds } from '../../platform/ids.ts';
import { systemClock } from '../../platform/clock.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import type { PoolDeps } from '../../usecases/change-pools.ts';
import { changeSettings } from '../../usecases/change-settings.ts';
import { deleteStack } from '../../usecases/delete-stack.ts';
import { getStack, listStacks } from '../../usecases/describe-stacks.ts';
import { explainPlacement } from '../../usecases/explain-placement.ts';
import { listEvents } from '../../usecases/list-events.ts';
import { listHosts } from '../../usecases/list-hosts.ts';
import { listReplicas } from '../../usecases/list-replicas.ts';
import type { SnapshotDeps } from '../../usecases/load-snapshot.ts';
import { putStack, type PutStackDeps } from '../../usecases/put-stack.ts';
import { operator } from '../shared/caller.ts';
import { RequestError } from '../shared/error-reply.ts';
import { parseJson } from '../shared/parse-body.ts';
import { dispatch, ok, type Route } from '../shared/routes.ts';
import { openStores } from '../shared/stores.ts';
import { reconcileWake } from '../shared/wakes.ts';
import type { Config } from './config.ts';
import { hostRoutes } from './host-routes.ts';
import { scaleRoutes, type ScaleRoutesDeps } from './scale-routes.ts';
import { poolRoutes } from './pool-routes.ts';
import { readStack } from './stack-document.ts';
import { VERSION } from './version.ts';

export const EVENTS_MAX = 1000;

/** What the routes work with: the table and the queue of the environment, in tests their twins. */
const openParts = (config: Config) => ({
  ...openStores(config.TABLE_NAME),
  wakes: reconcileWake(config.WAKE_QUEUE_URL),
  clock: systemClock,
  ids: cryptoIds,
  priceSource: config.PRICE_SOURCE,
  securityGroups: config.SECURITY_GROUPS,
});
export type ApiParts = PutStackDeps & SnapshotDeps & ScaleRoutesDeps & PoolDeps;

export function apiRoutes(config: Config, region: string, deps: ApiParts = openParts(config)): Route {
  const [put, remove, stacks, stack] = [putStack(deps), deleteStack(deps), listStacks(deps), getStack(deps)];
  const [replicas, hosts, events, change] = [
    listReplicas(deps),
    listHosts(deps),
    listEvents(deps),
    changeSettings(deps),
  ];
  const why = explainPlacement(deps);
  const routes: Readonly<Record<string, Route>> = {
    'PUT /v1/stacks/{stack}': async (request) => {
      const name = stackName(request);
      const by = operator(request.caller, config.HOST_ROLE_NAME);
      const { spec, warnings } = readStack(request, name);
      return ok({ ...(await put({ stack: name, spec, by })), warnings });
    },
    'DELETE /v1/stacks/{stack}': async (request) =>
      ok(await remove({ stack: stackName(request), by: operator(request.caller, config.HOST_ROLE_NAME) })),
    'GET /v1/stacks': async () => ok(await stacks()),
    'GET /v1/stacks/{stack}': async (request) => ok(await stack(stackName(request))),
    'GET /v1/stacks/{stack}/replicas': async (request) => {
      const name = stackName(request);
      await stack(name);
      return ok(await replicas({ stack: name }));
    },
    'GET /v1/stacks/{stack}/replicas/{replica}/placement': async (request) =>
      ok(await why({ stack: stackName(request), replica: replicaName(request) })),
    'GET /v1/replicas': async () => ok(await replicas({})),
    'GET /v1/hosts': async () => ok(await hosts()),
    ...hostRoutes(deps, config.HOST_ROLE_NAME),
    ...scaleRoutes(deps, config.HOST_ROLE_NAME),
    ...poolRoutes(deps, config.HOST_ROLE_NAME),
    'GET /v1/events': async (request) => ok(await events(eventQuery(request))),
    'GET /v1/cluster': async () => ok((await deps.cluster.load()).settings),
    'PATCH /v1/cluster': async (request) => {
      const by = operator(request.caller, config.HOST_ROLE_NAME);
      return ok(await change({ patch: parseJson(request.body, clusterPatch), by }));
    },
    'GET /v1/version': () =>
      Promise.resolve(ok({ version: VERSION, cluster: config.CLUSTER, zone: config.ZONE_NAME, region })),
    'GET /v1/openapi.json': () => Promise.resolve(ok(openApi())),
  };
  const answer = dispatch(routes);
  return async (request) => {
    operator(request.caller, config.HOST_ROLE_NAME);
    return answer(request);
  };
}

function stackName({ parameters }: Pick<HttpRequest, 'parameters'>): string {
  const name = parameters['stack'] ?? '';
  if (DNS_LABEL.test(name)) return name;
  const remedy = 'lower-case letters, digits and inner hyphens, at most 63 characters';
  throw new RequestError(400, 'invalid-request', `"${name.slice(0, 80)}" is no name for a stack`, [
    { path: 'stack', message: 'it must be a DNS label', remedy },
  ]);
}

function replicaName({ parameters }: Pick<HttpRequest, 'parameters'>): string {
  const name = parameters['replica'] ?? '';
  if (DNS_LABEL.test(name)) return name;
  throw new RequestError(400, 'invalid-request', `"${name.slice(0, 80)}" is no name of a replica`, [
    { path: 'replica', message: 'it must be a service and a number', remedy: 'write for example web-3' },
  ]);
}

function eventQuery({ query }: HttpRequest): { stack?: string; after?: string; limit: number } {
  const { stack, after, limit: asked = '100' } = query;
  const limit = Number(asked);
  if (!/^[0-9]{1,6}$/.test(asked) || limit < 1 || limit > EVENTS_MAX) {
    throw new RequestError(400, 'invalid-request', `limit is a number from 1 to ${EVENTS_MAX}`, [
      { path: 'limit', message: 'out of range', remedy: `write limit=100, or at most ${EVENTS_MAX}` },
    ]);
  }
  if (stack !== undefined) stackName({ parameters: { stack } });
  if (after !== undefined && !/^[0-9a-z]{9}-[0-9a-z]{1,32}$/.test(after)) {
    throw new RequestError(400, 'invalid-request', 'after is the id of an event', [
      {
        path: 'after',
        message: 'not an id',
        remedy: 'write the id of an event that was listed, or leave it out',
      },
    ]);
  }
  return { limit, ...(stack === undefined ? {} : { stack }), ...(after === undefined ? {} : { after }) };
}
