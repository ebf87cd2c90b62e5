/**
 * What the emulator knows of a WebSocket API: its stages, routes, integrations and route responses, as the app's own
 * deploy made them; and the functions behind it. Asked as account root.
 */
import { LOCAL_ACCOUNT } from '../plan.ts';

export interface RouteOf {
  readonly authorization: string;
  /** Name of the function that serves it. */
  readonly functionName: string;
  /** Whether what the function answers goes back to the client. */
  readonly responds: boolean;
}

export interface SocketApi {
  readonly stages: ReadonlySet<string>;
  /** `$connect`, `$disconnect`, `$default`, ... */
  readonly routes: ReadonlyMap<string, RouteOf>;
}

export interface EmulatedApis {
  /** Null: there is no such WebSocket API. */
  find(apiId: string): Promise<SocketApi | null>;
  /** The function's answer; `failed` when it threw or could not be called. */
  invoke(
    functionName: string,
    event: object,
  ): Promise<{ status: number; body: string | undefined } | 'failed'>;
}

/** What is deployed changes only with a deploy. */
const KEEP_MS = 5000;
const TIMEOUT_MS = 30_000;

export function emulatedApis(endpoint: string, region: string): EmulatedApis {
  const kept = new Map<string, { readonly atMs: number; readonly api: Promise<SocketApi | null> }>();

  const ask = async (service: string, path: string, body?: string): Promise<Response> => {
    const scope = `Credential=test/20260101/${region}/${service}/aws4_request`;
    return fetch(new URL(path, endpoint), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  };
  const items = async <Item>(path: string): Promise<readonly Item[]> => {
    const reply = await ask('apigateway', path);
    if (!reply.ok) throw new Error(`the emulator answered ${String(reply.status)} for ${path}`);
    return ((await reply.json()) as { items?: Item[] }).items ?? [];
  };

  const read = async (apiId: string): Promise<SocketApi | null> => {
    const base = `/v2/apis/${encodeURIComponent(apiId)}`;
    const api = await ask('apigateway', base);
    if (!api.ok || ((await api.json()) as { protocolType?: string }).protocolType !== 'WEBSOCKET')
      return null;
    const [stages, routes, integrations] = await Promise.all([
      items<{ stageName: string }>(`${base}/stages`),
      items<{ routeId: string; routeKey: string; target?: string; authorizationType?: string }>(
        `${base}/routes`,
      ),
      items<{ integrationId: string; integrationUri?: string }>(`${base}/integrations`),
    ]);
    const byId = new Map(integrations.map((one) => [one.integrationId, one.integrationUri ?? '']));
    const entries = routes.map(async ({ routeId, routeKey, target = '', authorizationType = 'NONE' }) => {
      const uri = byId.get(target.replace(/^integrations\//, '')) ?? '';
      const functionName = /function:([^:/]+)/.exec(uri)?.[1] ?? '';
      const responses = await items(`${base}/routes/${routeId}/routeresponses`);
      const responds = responses.length > 0;
      return [routeKey, { authorization: authorizationType, functionName, responds }] as const;
    });
    return {
      stages: new Set(stages.map((stage) => stage.stageName)),
      routes: new Map(await Promise.all(entries)),
    };
  };

  return {
    find: (apiId) => {
      const known = kept.get(apiId);
      if (known !== undefined && Date.now() < known.atMs + KEEP_MS) return known.api;
      const api = read(apiId);
      kept.set(apiId, { atMs: Date.now(), api });
      api.catch(() => kept.delete(apiId));
      return api;
    },
    invoke: async (functionName, event) => {
      const path = `/2015-03-31/functions/${functionName}/invocations`;
      const reply = await ask('lambda', path, JSON.stringify(event)).catch(() => undefined);
      if (reply === undefined || !reply.ok || reply.headers.has('x-amz-function-error')) return 'failed';
      const value = (await reply.json().catch(() => null)) as { statusCode?: number; body?: string } | null;
      if (value === null) return 'failed';
      return { status: value.statusCode ?? 200, body: value.body };
    },
  };
}

export const executeApiArn = (region: string, apiId: string, path: string): string =>
  `arn:aws:execute-api:${region}:${LOCAL_ACCOUNT}:${apiId}/${path}`;
