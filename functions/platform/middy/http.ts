/**
 * The stack of functions behind the HTTP API (payload format 2.0): the event becomes a plain request, the handler's reply
 * becomes the answer, and every thrown error becomes a reply in one place (`errorReply`, given by the handler: this
 * folder knows nothing of Berth). An answer of 500 or more is logged as an error with its cause.
 */
import middy from '@middy/core';
import type { Logger } from '@aws-lambda-powertools/logger';
import type {
  APIGatewayProxyEventV2WithIAMAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { addRequestId, asError, invocationOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** Who signed the request, as API Gateway's IAM authorizer says. */
export interface Caller {
  readonly accountId: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, or a user's ARN. */
  readonly arn: string;
  /** `AROA...:SESSION` for a role's session. */
  readonly userId: string;
}

export interface HttpRequest {
  /** `GET /v1/stacks/{stack}`: as API Gateway matched it. */
  readonly route: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent (base64 undone); empty when there was none. */
  readonly body: Buffer;
  /** Null only on a route without the IAM authorizer. */
  readonly caller: Caller | null;
  readonly sourceIp: string;
  readonly invocation: Invocation;
}

export interface HttpReply {
  readonly status: number;
  /** Sent as JSON; absent: no body (304, 204). */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpOptions {
  readonly logger: Logger;
  readonly handle: (request: HttpRequest) => Promise<HttpReply>;
  /** Total: an error it does not know is an internal one. */
  readonly errorReply: (error: Error, requestId: string) => HttpReply;
}

type Event = APIGatewayProxyEventV2WithIAMAuthorizer;
type Result = APIGatewayProxyStructuredResultV2;

export const http = ({ logger, handle, errorReply }: HttpOptions) =>
  middy<Event, Result>()
    .use(addRequestId(logger))
    .onError((request) => {
      const error = asError(request.error);
      const reply = errorReply(error, request.context.awsRequestId);
      if (reply.status >= 500) logger.error('request failed', { route: request.event.routeKey, error });
      else
        logger.info('request refused', {
          route: request.event.routeKey,
          status: reply.status,
          why: error.message,
        });
      request.response = toResult(reply);
    })
    .handler(async (event: Event, context: Context): Promise<Result> =>
      toResult(await handle(toRequest(event, context))),
    );

const toRequest = (event: Event, context: Context): HttpRequest => ({
  route: event.routeKey,
  path: event.rawPath,
  parameters: present(event.pathParameters),
  query: present(event.queryStringParameters),
  headers: lowerCased(event.headers),
  body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  caller: callerOf(event),
  sourceIp: event.requestContext.http.sourceIp,
  invocation: invocationOf(context),
});

const present = (values: Readonly<Record<string, string | undefined>> | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const lowerCased = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(present(headers)).map(([name, value]) => [name.toLowerCase(), value]));

/** The types promise an authorizer; an API that was deployed without one would still call us. */
const callerOf = (event: Event): Caller | null => {
  const context: { authorizer?: Partial<Event['requestContext']['authorizer']> } = event.requestContext;
  const iam = context.authorizer?.iam;
  return iam ? { accountId: iam.accountId, arn: iam.userArn, userId: iam.userId } : null;
};

const toResult = ({ status, body, headers }: HttpReply): Result => ({
  statusCode: status,
  headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
