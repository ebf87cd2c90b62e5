/**
 * The stack of functions behind a WebSocket API: the three fixed routes, as plain requests. At `$connect` any status but
 * 2xx refuses the handshake. Nothing else goes back by the reply: messages to a connection are posted to `callbackUrl`.
 */
import middy from '@middy/core';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyResultV2, Context } from 'aws-lambda';
import type { Caller } from './http.ts';
import { addRequestId, asError } from './invocation.ts';

export interface SocketRequest {
  readonly route: '$connect' | '$disconnect' | '$default';
  /** API Gateway's id of the connection. */
  readonly connection: string;
  readonly connectedAtMs: number;
  /** Where messages to the connection are posted: `https://DOMAIN/STAGE`. */
  readonly callbackUrl: string;
  /** Of the handshake; empty afterwards. */
  readonly query: Readonly<Record<string, string>>;
  /** Who signed the handshake, as the IAM authorizer says; null on every other route, whatever the event holds. */
  readonly caller: Caller | null;
  /** Empty but for messages. */
  readonly text: string;
}

export interface SocketReply {
  readonly status: number;
}

export interface SocketOptions {
  readonly logger: Logger;
  readonly handle: (request: SocketRequest) => Promise<SocketReply>;
  /** Total: an error it does not know is an internal one. */
  readonly errorReply: (error: Error, requestId: string) => SocketReply;
}

/** The parts of API Gateway's event that are read; `@types/aws-lambda` knows no caller there. */
export interface SocketEvent {
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    readonly connectedAt: number;
    readonly domainName: string;
    readonly stage: string;
    readonly identity: {
      readonly accountId?: string | null;
      readonly userArn?: string | null;
      /** `AROA...:SESSION` for a role's session. */
      readonly caller?: string | null;
    };
  };
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

export const socket = ({ logger, handle, errorReply }: SocketOptions) =>
  middy<SocketEvent, APIGatewayProxyResultV2>()
    .use(addRequestId(logger))
    .onError((request) => {
      const error = asError(request.error);
      const { status } = errorReply(error, request.context.awsRequestId);
      const { routeKey } = request.event.requestContext;
      if (status >= 500) logger.error('request failed', { route: routeKey, error });
      else logger.info('request refused', { route: routeKey, status, why: error.message });
      request.response = { statusCode: status };
    })
    .handler(async (event: SocketEvent, _context: Context): Promise<APIGatewayProxyResultV2> => {
      const { status } = await handle(toRequest(event));
      return { statusCode: status };
    });

function toRequest(event: SocketEvent): SocketRequest {
  const { routeKey, connectionId, connectedAt, domainName, stage, identity } = event.requestContext;
  const route = routeKey === '$connect' || routeKey === '$disconnect' ? routeKey : '$default';
  const { accountId, userArn, caller } = identity;
  const query = Object.entries(event.queryStringParameters ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    route,
    connection: connectionId,
    connectedAtMs: connectedAt,
    callbackUrl: `https://${domainName}/${stage}`,
    query: Object.fromEntries(query),
    caller:
      route === '$connect' && userArn && caller
        ? { accountId: accountId ?? '', arn: userArn, userId: caller }
        : null,
    text: Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8').toString('utf8'),
  };
}
