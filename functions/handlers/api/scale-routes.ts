/** Operators' routes of one service: how many replicas it has, by hand and by its autoscaler. */
import { scaleRequest } from '../../../contract/scale-api.ts';
import { DNS_LABEL } from '../../../contract/names.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import { getAutoscale, getTimeline, type DescribeScaleDeps } from '../../usecases/describe-scale.ts';
import type { ServiceName } from '../../usecases/find-service.ts';
import { resetScale, setScale, type ScaleServiceDeps } from '../../usecases/scale-service.ts';
import { operator } from '../shared/caller.ts';
import { RequestError } from '../shared/error-reply.ts';
import { parseJson } from '../shared/parse-body.ts';
import { ok, type Route } from '../shared/routes.ts';

export type ScaleRoutesDeps = ScaleServiceDeps & DescribeScaleDeps;

const LAST_MS = 3_600_000;

export function scaleRoutes(deps: ScaleRoutesDeps, hostRoleName: string): Readonly<Record<string, Route>> {
  const [set, reset] = [setScale(deps), resetScale(deps)];
  const [status, timeline] = [getAutoscale(deps), getTimeline(deps)];
  return {
    'PUT /v1/stacks/{stack}/services/{service}/scale': async (request) => {
      const name = named(request);
      const by = operator(request.caller, hostRoleName);
      return ok(await set({ ...name, ...parseJson(request.body, scaleRequest), by }));
    },
    'DELETE /v1/stacks/{stack}/services/{service}/scale': async (request) =>
      ok(await reset({ ...named(request), by: operator(request.caller, hostRoleName) })),
    'GET /v1/stacks/{stack}/services/{service}/autoscale': async (request) =>
      ok(await status(named(request))),
    'GET /v1/stacks/{stack}/services/{service}/autoscale/timeline': async (request) =>
      ok(await timeline({ ...named(request), sinceMs: since(request, deps.clock.nowMs()) })),
  };
}

function named({ parameters }: HttpRequest): ServiceName {
  const [stack = '', service = ''] = [parameters['stack'], parameters['service']];
  for (const [path, name] of [
    ['stack', stack],
    ['service', service],
  ] as const)
    if (!DNS_LABEL.test(name))
      throw new RequestError(400, 'invalid-request', `"${name.slice(0, 80)}" is no name of a ${path}`, [
        {
          path,
          message: 'it must be a DNS label',
          remedy: 'lower-case letters, digits and inner hyphens, at most 63 characters',
        },
      ]);
  return { stack, service };
}

/** Absent: the last hour. */
function since({ query }: HttpRequest, nowMs: number): number {
  const { since: text } = query;
  if (text === undefined) return nowMs - LAST_MS;
  const atMs = /^\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(atMs)) return Math.max(0, atMs);
  throw new RequestError(400, 'invalid-request', 'since is a time', [
    {
      path: 'since',
      message: 'not a time',
      remedy: 'write for example 2026-11-22T12:00:00Z, or leave it out',
    },
  ]);
}
