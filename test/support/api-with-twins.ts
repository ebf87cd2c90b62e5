/** The `api` function as API Gateway calls it: the real stack, routes and use-cases over the in-memory twins. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda';
import { apiRoutes } from '../../functions/handlers/api/routes.ts';
import { errorReply } from '../../functions/handlers/shared/error-reply.ts';
import { http } from '../../functions/platform/middy/http.ts';
import { snapshotLoader } from '../../functions/usecases/load-snapshot.ts';
import { cpuTimer } from './cpu-time.ts';
import { fakeClock } from './fake-clock.ts';
import { fakeIds } from './fake-ids.ts';
import { inMemoryAgentMemoryStore } from './in-memory/agent-memory-store.ts';
import { inMemoryOfferingStore } from './in-memory/offering-store.ts';
import { inMemoryPriceStore } from './in-memory/price-store.ts';
import { inMemoryClusterStore } from './in-memory/cluster-store.ts';
import { inMemoryDecisionLog } from './in-memory/decision-log.ts';
import { inMemoryDirectoryStore } from './in-memory/directory-store.ts';
import { inMemoryHostStore } from './in-memory/host-store.ts';
import { inMemoryScaleStore } from './in-memory/scale-store.ts';
import { inMemoryStackStore } from './in-memory/stack-store.ts';
import { inMemorySweepStore } from './in-memory/sweep-store.ts';
import { inMemoryTimeline } from './in-memory/timeline.ts';
import { recordedWakes } from './in-memory/wakes.ts';

export interface ApiCall {
  /** `PUT /v1/stacks/shop` */
  readonly what: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Milliseconds of CPU of this thread: that others have it in between is not the request's fault. */
  readonly cpuMs: number;
  /** As it is sent; Lambda sends at most 6 MB. */
  readonly bytes: number;
}

const HOST_ROLE_NAME = 'berth-host';
export const CALLER = 'arn:aws:iam::000000000000:user/ada';

export function apiWithTwins() {
  const clock = fakeClock();
  const stores = {
    cluster: inMemoryClusterStore(),
    stacks: inMemoryStackStore(),
    scales: inMemoryScaleStore(),
    timeline: inMemoryTimeline(),
    hosts: inMemoryHostStore(),
    directory: inMemoryDirectoryStore(),
    decisions: inMemoryDecisionLog(clock),
    sweep: inMemorySweepStore(),
    agents: inMemoryAgentMemoryStore(),
    offerings: inMemoryOfferingStore(),
    prices: inMemoryPriceStore(),
  };
  const wakes = recordedWakes();
  const config = {
    ...{ CLUSTER: 'berth', TABLE_NAME: 'none', WAKE_QUEUE_URL: 'none' },
    ...{ ZONE_NAME: 'berth.internal', HOST_ROLE_NAME, PRICE_SOURCE: 'pricing-api' as const },
    SECURITY_GROUPS: ['db', 'web'],
  };
  const parts = {
    ...stores,
    load: snapshotLoader(stores),
    wakes,
    clock,
    ids: fakeIds(),
    priceSource: config.PRICE_SOURCE,
    securityGroups: config.SECURITY_GROUPS,
  };
  const errors: string[] = [];
  const logger = new Logger({ serviceName: 'test' });
  const quiet = (): void => undefined;
  const keep = (line: string): void => void errors.push(line);
  // Powertools writes through a console of its own.
  Object.assign(logger, { console: { info: quiet, warn: quiet, error: keep, debug: quiet, trace: quiet } });
  const handler = http({ logger, handle: apiRoutes(config, 'eu-west-1', parts), errorReply });

  return {
    ...stores,
    wakes,
    /** What was logged as an error: a fault of ours. */
    errors,
    async call(call: ApiCall): Promise<ApiAnswer> {
      const cpuMs = cpuTimer();
      const answer = await handler(eventOf(call), CONTEXT);
      const tookMs = cpuMs();
      const text = answer.body ?? '';
      return {
        status: answer.statusCode ?? 0,
        body: text === '' ? undefined : JSON.parse(text),
        cpuMs: tookMs,
        bytes: Buffer.byteLength(text),
      };
    },
    /** Everything that is stored: the same before and after what was refused. */
    rows: async () => ({
      stacks: await stores.stacks.list(),
      settings: await stores.cluster.load(),
      decisions: stores.decisions.all(),
      wakes: wakes.peek(),
    }),
  };
}

const CONTEXT = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 5_000 } as unknown as Context;

function eventOf({ what, body, type, headers, query }: ApiCall): APIGatewayProxyEventV2WithIAMAuthorizer {
  const [, method = '', path = ''] = /^(\S+) (.*)$/s.exec(what) ?? [];
  const [, stack, rest = ''] = /^\/v1\/stacks\/([^/]*)(\/.*)?$/s.exec(path) ?? [];
  const [, service, more = ''] = /^\/services\/([^/]*)(\/.*)?$/s.exec(rest) ?? [];
  const pool = /^\/v1\/pools\/([^/]*)$/s.exec(path)?.[1];
  const [, replica, placement = ''] = /^\/replicas\/([^/]*)(\/.*)$/s.exec(rest) ?? [];
  const below =
    service !== undefined
      ? `/services/{service}${more}`
      : replica === undefined
        ? rest
        : `/replicas/{replica}${placement}`;
  return {
    routeKey:
      pool !== undefined
        ? `${method} /v1/pools/{pool}`
        : stack === undefined
          ? what
          : `${method} /v1/stacks/{stack}${below}`,
    rawPath: path,
    pathParameters:
      stack === undefined
        ? { pool }
        : {
            stack,
            ...(service === undefined ? {} : { service }),
            ...(replica === undefined ? {} : { replica }),
          },
    queryStringParameters: query,
    headers: { ...(type === undefined ? {} : { 'Content-Type': type }), ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
    isBase64Encoded: true,
    requestContext: {
      http: { sourceIp: '10.0.0.9' },
      authorizer: { iam: { accountId: '000000000000', userArn: CALLER, userId: 'AIDAADA' } },
    },
  } as unknown as APIGatewayProxyEventV2WithIAMAuthorizer;
}
