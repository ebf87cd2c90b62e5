import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  clusterPatch,
  clusterSettings,
  deleteStackReply,
  errorReply,
  eventList,
  hostList,
  hostView,
  poolRemoved,
  putStackReply,
  replicaList,
  replicaPlacement,
  stackDetail,
  stackList,
  version,
} from '../../../../contract/http-api.ts';
import { autoscaleStatus, scaleTimeline, serviceScaling } from '../../../../contract/scale-api.ts';
import { poolList, poolView } from '../../../../contract/pool-spec.ts';
import { scopeOf, signatureProblem } from './verify-signature.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly region: string;
}

export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, against no schema: what proxies and broken servers send. */
  readonly raw?: boolean;
}

export interface FakeApi {
  /** With the path prefix that emulators need. */
  readonly endpoint: string;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

const PREFIX = '/_aws/execute-api/abc123/$default';

/** Known callers; everybody else is told 403 as API Gateway tells it. */
const SECRETS: Readonly<Record<string, string>> = {
  test: 'test',
  AKIDEXAMPLE: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** Which schema the reply to a route must fit: the fake can tell no lie about the contract. */
const REPLIES = [
  ['GET', /^\/v1\/stacks$/, stackList],
  ['PUT', /^\/v1\/stacks\/[^/]+$/, putStackReply],
  ['GET', /^\/v1\/stacks\/[^/]+$/, stackDetail],
  ['DELETE', /^\/v1\/stacks\/[^/]+$/, deleteStackReply],
  ['GET', /^\/v1\/(?:stacks\/[^/]+\/)?replicas$/, replicaList],
  ['PUT', /^\/v1\/stacks\/[^/]+\/services\/[^/]+\/scale$/, serviceScaling],
  ['DELETE', /^\/v1\/stacks\/[^/]+\/services\/[^/]+\/scale$/, serviceScaling],
  ['GET', /^\/v1\/stacks\/[^/]+\/services\/[^/]+\/autoscale$/, autoscaleStatus],
  ['GET', /^\/v1\/stacks\/[^/]+\/services\/[^/]+\/autoscale\/timeline$/, scaleTimeline],
  ['GET', /^\/v1\/stacks\/[^/]+\/replicas\/[^/]+\/placement$/, replicaPlacement],
  ['GET', /^\/v1\/hosts$/, hostList],
  ['PUT', /^\/v1\/hosts\/[^/]+\/drain$/, hostView],
  ['DELETE', /^\/v1\/hosts\/[^/]+\/drain$/, hostView],
  ['GET', /^\/v1\/events$/, eventList],
  ['GET', /^\/v1\/cluster$/, clusterSettings],
  ['PATCH', /^\/v1\/cluster$/, clusterSettings],
  ['GET', /^\/v1\/pools$/, poolList],
  ['PUT', /^\/v1\/pools\/[^/]+$/, poolView],
  ['DELETE', /^\/v1\/pools\/[^/]+$/, poolRemoved],
  ['GET', /^\/v1\/version$/, version],
] as const;

/** An HTTP API on loopback that checks signatures, routes and bodies; `answer` scripts the replies. */
export async function startFakeApi(answer: (seen: Seen) => Reply): Promise<FakeApi> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void receive(request).then((body) => respond(request, body, response));
  });

  function respond(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://fake');
    const problem = signatureProblem(request, body, (keyId) => SECRETS[keyId]);
    const scope = scopeOf(request);
    if (scope.service === 'sts') {
      send(response, {
        status: problem === null ? 200 : 403,
        raw: true,
        body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/eve</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
      });
      return;
    }
    if (problem !== null || scope.service !== 'execute-api') {
      send(response, {
        status: 403,
        raw: true,
        body: JSON.stringify({ message: 'Forbidden' }),
        headers: { 'x-why': (problem ?? '').split('\n')[0] ?? '' },
      });
      return;
    }
    const one: Seen = {
      method: request.method ?? '',
      path: url.pathname.slice(PREFIX.length),
      query: url.searchParams,
      contentType: request.headers['content-type'],
      body,
      region: scope.region,
    };
    seen.push(one);
    send(response, checked(one, answer(one)));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${String(port)}${PREFIX}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function checked(seen: Seen, reply: Reply): Reply {
  if (reply.raw === true) return reply;
  const route = REPLIES.find(([method, path]) => method === seen.method && path.test(seen.path));
  if (route === undefined) throw new Error(`no such route: ${seen.method} ${seen.path}`);
  if (seen.method === 'PATCH') clusterPatch.parse(JSON.parse(seen.body.toString()));
  const schema = (reply.status ?? 200) >= 400 ? errorReply : route[2];
  return { ...reply, body: schema.parse(reply.body) };
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
  response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An error of the API as it is sent. */
export const apiError = (status: number, code: string, message: string, problems: unknown[] = []): Reply => ({
  status,
  body: { error: { code, message, problems } },
});
