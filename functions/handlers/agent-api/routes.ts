/** Agents' routes: a host speaks for itself and for nobody else. */
import { beat, registration, report } from '../../../contract/agent-protocol.ts';
import { systemClock } from '../../platform/clock.ts';
import { embeddedMetrics } from '../../platform/embedded-metrics.ts';
import { cryptoIds } from '../../platform/ids.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import type { AgentCaller } from '../../usecases/own-host.ts';
import { readManifest, type ReadManifestDeps } from '../../usecases/read-manifest.ts';
import { recordBeat, type BeatDeps } from '../../usecases/record-beat.ts';
import { recordReport } from '../../usecases/record-report.ts';
import { registerHost } from '../../usecases/register-host.ts';
import { hostInstance } from '../shared/caller.ts';
import { parseJson } from '../shared/parse-body.ts';
import { dispatch, ok, type Route } from '../shared/routes.ts';
import { openStores } from '../shared/stores.ts';
import { reconcileWake } from '../shared/wakes.ts';
import type { Config } from './config.ts';

/** What the routes work with: the table and the queue of the environment, in a bench models of them. */
const openParts = (config: Config) => ({
  ...openStores(config.TABLE_NAME),
  graphs: embeddedMetrics({ cluster: config.CLUSTER }),
  wakes: reconcileWake(config.WAKE_QUEUE_URL),
  clock: systemClock,
  ids: cryptoIds,
});
export type AgentParts = Omit<BeatDeps & ReadManifestDeps, 'zone'>;

export function agentRoutes(config: Config, parts: AgentParts = openParts(config)): Route {
  const deps = { ...parts, zone: config.ZONE_NAME };
  const role = { name: config.HOST_ROLE_NAME, id: config.HOST_ROLE_ID };
  const caller = ({ caller: who, parameters }: HttpRequest): AgentCaller => ({
    host: parameters['host'] ?? '',
    instanceId: hostInstance(who, role),
  });
  const [register, read, store, lease] = [
    registerHost(deps),
    readManifest(deps),
    recordReport(deps),
    recordBeat(deps),
  ];
  return dispatch({
    'POST /v1/agent/hosts/{host}/registration': async (request) =>
      ok(await register(caller(request), parseJson(request.body, registration))),
    'GET /v1/agent/hosts/{host}/manifest': async (request) => {
      const manifest = await read(caller(request), knownGeneration(request));
      if (manifest === null) return { status: 304 };
      return { status: 200, body: manifest, headers: { etag: `"${manifest.generation}"` } };
    },
    'PUT /v1/agent/hosts/{host}/report': async (request) =>
      ok(await store(caller(request), parseJson(request.body, report))),
    'POST /v1/agent/hosts/{host}/beat': async (request) =>
      ok(await lease(caller(request), parseJson(request.body, beat))),
  });
}

function knownGeneration({ headers }: HttpRequest): number | null {
  const match = /^"(\d{1,15})"$/.exec(headers['if-none-match'] ?? '');
  return match ? Number(match[1]) : null;
}
