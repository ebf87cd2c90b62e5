/** Operators' routes of the pools of hosts. */
import { POOL_NAME, poolSpec } from '../../../contract/pool-spec.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import { listPools, putPool, removePool, type PoolDeps } from '../../usecases/change-pools.ts';
import { operator } from '../shared/caller.ts';
import { RequestError } from '../shared/error-reply.ts';
import { parseJson } from '../shared/parse-body.ts';
import { ok, type Route } from '../shared/routes.ts';

export function poolRoutes(deps: PoolDeps, hostRoleName: string): Readonly<Record<string, Route>> {
  const [list, put, remove] = [listPools(deps), putPool(deps), removePool(deps)];
  const asked = (request: HttpRequest) => ({
    name: named(request),
    by: operator(request.caller, hostRoleName),
  });
  return {
    'GET /v1/pools': async () => ok(await list()),
    'PUT /v1/pools/{pool}': async (request) =>
      ok(await put({ ...asked(request), spec: parseJson(request.body, poolSpec) })),
    'DELETE /v1/pools/{pool}': async (request) => ok(await remove(asked(request))),
  };
}

function named({ parameters }: HttpRequest): string {
  const name = parameters['pool'] ?? '';
  if (POOL_NAME.test(name)) return name;
  throw new RequestError(400, 'invalid-request', `"${name.slice(0, 80)}" is no name for a pool`, [
    {
      path: 'pool',
      message:
        'it must be a lower-case letter, then letters, digits and inner hyphens, at most 32 characters',
      remedy: 'GET /v1/pools lists those that there are',
    },
  ]);
}
