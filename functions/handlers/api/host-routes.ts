/** Operators' routes of one host: have it emptied, or keep it after all. */
import { drainRequest, type DrainRequest } from '../../../contract/http-api.ts';
import { HOST_ID } from '../../../contract/names.ts';
import { isGone } from '../../core/model/host.ts';
import { hostId, type HostId } from '../../core/model/ids.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import { drainHost, undrainHost, type DrainDeps } from '../../usecases/drain-host.ts';
import { listHosts } from '../../usecases/list-hosts.ts';
import type { LoadSnapshot } from '../../usecases/load-snapshot.ts';
import { operator } from '../shared/caller.ts';
import { RequestError } from '../shared/error-reply.ts';
import { parseJson } from '../shared/parse-body.ts';
import { ok, type Route } from '../shared/routes.ts';

export function hostRoutes(
  deps: DrainDeps & { readonly load: LoadSnapshot },
  hostRoleName: string,
): Readonly<Record<string, Route>> {
  const [drain, undrain, hosts] = [drainHost(deps), undrainHost(deps), listHosts(deps)];
  /** As GET /v1/hosts shows it, read after the change. */
  const view = async (id: HostId) => (await hosts()).find(({ host }) => host === id);
  return {
    'PUT /v1/hosts/{host}/drain': async (request) => {
      const host = named(request);
      const by = operator(request.caller, hostRoleName);
      const { reason = 'an operator drains it', deadlineMs } = readBody(request);
      const byMs = deadlineMs === undefined ? null : deps.clock.nowMs() + deadlineMs;
      await drain({ host, reason, byMs, by });
      return ok(await view(host));
    },
    'DELETE /v1/hosts/{host}/drain': async (request) => {
      const host = named(request);
      const { state, reason } = await undrain({ host, by: operator(request.caller, hostRoleName) });
      if (isGone(state))
        throw new RequestError(409, 'conflict', `it is too late: ${host} is ${state}: ${reason}`);
      return ok(await view(host));
    },
  };
}

/** Everything in it is optional, so it may be left out. */
const readBody = ({ body }: HttpRequest): DrainRequest =>
  body.length === 0 ? {} : parseJson(body, drainRequest);

function named({ parameters }: HttpRequest): HostId {
  const name = parameters['host'] ?? '';
  if (HOST_ID.test(name)) return hostId(name);
  throw new RequestError(400, 'invalid-request', `"${name.slice(0, 80)}" is no id of a host`, [
    {
      path: 'host',
      message: 'it must be h- and lower-case letters or digits',
      remedy: 'GET /v1/hosts lists them',
    },
  ]);
}
