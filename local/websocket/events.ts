/**
 * The events that functions behind a WebSocket API get. Who signed is told at `$connect` alone: that is where IAM is asked,
 * and nothing is documented of the others.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LOCAL_REGION } from '../plan.ts';
import type { Principal } from './callers.ts';
import type { Connection } from './connections.ts';

type Occasion = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

const ROUTES = { CONNECT: '$connect', MESSAGE: '$default', DISCONNECT: '$disconnect' } as const;

function context(of: Connection, eventType: Occasion, identity: object): object {
  const nowMs = Date.now();
  return {
    routeKey: ROUTES[eventType],
    eventType,
    messageDirection: 'IN',
    stage: of.stage,
    domainName: `${of.apiId}.execute-api.${LOCAL_REGION}.amazonaws.com`,
    apiId: of.apiId,
    connectionId: of.id,
    connectedAt: of.connectedAtMs,
    requestId: randomUUID(),
    extendedRequestId: randomUUID(),
    requestTimeEpoch: nowMs,
    identity: { sourceIp: of.sourceIp, userAgent: of.userAgent, ...identity },
  };
}

export function connectEvent(
  of: Connection,
  request: IncomingMessage,
  who: Principal,
  account: string,
): object {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const query = Object.fromEntries(url.searchParams);
  const identity = {
    accountId: account,
    accessKey: who.accessKeyId,
    caller: who.userId,
    user: who.userId,
    userArn: who.arn,
    cognitoIdentityId: null,
  };
  return {
    headers: request.headers,
    ...(url.search === '' ? {} : { queryStringParameters: query }),
    requestContext: context(of, 'CONNECT', identity),
    isBase64Encoded: false,
  };
}

export const messageEvent = (of: Connection, body: string): object => ({
  requestContext: { ...context(of, 'MESSAGE', {}), messageId: randomUUID() },
  body,
  isBase64Encoded: false,
});

export const disconnectEvent = (of: Connection, code: number, reason: string): object => ({
  requestContext: {
    ...context(of, 'DISCONNECT', {}),
    disconnectStatusCode: code,
    disconnectReason: reason,
  },
  isBase64Encoded: false,
});
