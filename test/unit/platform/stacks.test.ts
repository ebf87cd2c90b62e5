/** The middy stacks, called as Lambda calls them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context, SQSEvent } from 'aws-lambda';
import { http } from '../../../functions/platform/middy/http.ts';
import type { HttpReply, HttpRequest } from '../../../functions/platform/middy/http.ts';
import { queue } from '../../../functions/platform/middy/queue.ts';
import type { QueueMessage } from '../../../functions/platform/middy/queue.ts';
import { schedule } from '../../../functions/platform/middy/schedule.ts';

const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 5_000 } as unknown as Context;

interface Line {
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  readonly [field: string]: unknown;
}
let lines: Line[];
let logger: Logger;

beforeEach(() => {
  lines = [];
  const note = (text: string): void => void lines.push(JSON.parse(text) as Line);
  logger = new Logger({ serviceName: 'test' });
  // Powertools writes through a console of its own.
  Object.assign(logger, { console: { info: note, warn: note, error: note, debug: note, trace: note } });
});
afterEach(() => {
  for (const line of lines) expect(line.requestId).toBe('request-1');
});

describe('http', () => {
  const event = (over: object = {}): APIGatewayProxyEventV2WithIAMAuthorizer =>
    ({
      routeKey: 'PUT /v1/stacks/{stack}',
      rawPath: '/v1/stacks/shop',
      pathParameters: { stack: 'shop' },
      headers: { 'Content-Type': 'application/yaml' },
      isBase64Encoded: true,
      body: Buffer.from('name: shöp').toString('base64'),
      requestContext: {
        http: { sourceIp: '10.0.0.9' },
        authorizer: { iam: { accountId: '1', userArn: 'arn:aws:iam::1:user/u', userId: 'U' } },
      },
      ...over,
    }) as unknown as APIGatewayProxyEventV2WithIAMAuthorizer;
  const errorReply = (error: Error, requestId: string): HttpReply => ({
    status: error.message === 'teapot' ? 418 : 500,
    body: { message: error.message, requestId },
  });
  const call = (handle: (request: HttpRequest) => Promise<HttpReply>, over?: object) =>
    http({ logger, handle, errorReply })(event(over), context);

  it('hands a plain request to the handler: base64 undone, names of headers in lower case', async () => {
    const seen: HttpRequest[] = [];
    await call((request) => {
      seen.push(request);
      return Promise.resolve({ status: 200 });
    });
    expect(seen).toEqual([
      {
        route: 'PUT /v1/stacks/{stack}',
        path: '/v1/stacks/shop',
        parameters: { stack: 'shop' },
        query: {},
        headers: { 'content-type': 'application/yaml' },
        body: Buffer.from('name: shöp'),
        caller: { accountId: '1', arn: 'arn:aws:iam::1:user/u', userId: 'U' },
        sourceIp: '10.0.0.9',
        invocation: { requestId: 'request-1', remainingMs: expect.any(Function) },
      },
    ]);
    expect(seen[0]?.invocation.remainingMs()).toBe(5_000);
  });

  it('takes a body as text, and none as empty', async () => {
    const body = (over: object) =>
      call((request) => Promise.resolve({ status: 200, body: request.body.toString() }), over);
    expect(await body({ isBase64Encoded: false, body: '{}' })).toMatchObject({ body: '"{}"' });
    expect(await body({ isBase64Encoded: false, body: undefined })).toMatchObject({ body: '""' });
  });

  it('knows nobody where nobody signed', async () => {
    const over = { requestContext: { http: { sourceIp: '10.0.0.9' } } };
    const answer = await call((request) => Promise.resolve({ status: 200, body: request.caller }), over);
    expect(answer).toMatchObject({ body: 'null' });
  });

  it('answers JSON with the handler’s headers, and nothing where there is no body', async () => {
    const headers = { etag: '"7"' };
    expect(await call(() => Promise.resolve({ status: 200, body: { a: 1 }, headers }))).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', etag: '"7"' },
      body: '{"a":1}',
    });
    expect(await call(() => Promise.resolve({ status: 304, headers }))).toEqual({ statusCode: 304, headers });
  });

  it('makes a reply of every error: a refusal is noted, a failure is logged with its cause', async () => {
    expect(await call(() => Promise.reject(new Error('teapot')))).toMatchObject({ statusCode: 418 });
    const failed = await call(() => Promise.reject(new Error('broken')));
    expect(failed).toMatchObject({
      statusCode: 500,
      body: JSON.stringify({ message: 'broken', requestId: 'request-1' }),
    });
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['INFO', 'request refused'],
      ['ERROR', 'request failed'],
    ]);
    expect(lines[1]?.error).toMatchObject({ message: 'broken' });
  });

  it('makes a reply of what is thrown and is no error', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is the case
    expect(await call(() => Promise.reject('text'))).toMatchObject({ statusCode: 500 });
  });
});

describe('queue', () => {
  const record = (messageId: string, body: string) => ({
    messageId,
    body,
    attributes: { SentTimestamp: '1000', ApproximateReceiveCount: '2' },
  });
  const parse = (body: unknown): string | null => (typeof body === 'string' ? body : null);
  const call = (
    handle: (messages: readonly QueueMessage<string>[]) => Promise<readonly string[]>,
    ...records: ReturnType<typeof record>[]
  ) => queue({ logger, parse, handle })({ Records: records } as unknown as SQSEvent, context);

  it('hands all messages over and gives back those that the handler names', async () => {
    const seen: (readonly QueueMessage<string>[])[] = [];
    const answer = await call(
      (messages) => {
        seen.push(messages);
        return Promise.resolve(['b']);
      },
      record('a', '"one"'),
      record('b', '"two"'),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    expect(seen).toEqual([
      [
        { id: 'a', sentAtMs: 1_000, deliveries: 2, body: 'one' },
        { id: 'b', sentAtMs: 1_000, deliveries: 2, body: 'two' },
      ],
    ]);
  });

  it('gives all back when the handler throws', async () => {
    const answer = await call(
      () => Promise.reject(new Error('broken')),
      record('a', '"1"'),
      record('b', '"2"'),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }] });
    expect(lines[0]).toMatchObject({ level: 'ERROR', error: { message: 'broken' } });
  });

  it('drops what nobody understands, says so, and does not give it back', async () => {
    const seen: string[] = [];
    const answer = await call(
      (messages) => {
        seen.push(...messages.map((message) => message.id));
        return Promise.reject(new Error('broken'));
      },
      record('a', 'no JSON'),
      record('b', '5'),
      record('c', '"good"'),
    );
    expect(seen).toEqual(['c']);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'c' }] });
    expect(lines.map(({ messageId }) => messageId)).toEqual(['a', 'b', undefined]);
  });

  it('does not call the handler for nothing', async () => {
    const answer = await call(() => Promise.reject(new Error('called')), record('a', '{'));
    expect(answer).toEqual({ batchItemFailures: [] });
  });
});

describe('schedule', () => {
  it('hands the event over', async () => {
    const seen: unknown[] = [];
    const handler = schedule({
      logger,
      handle: (event, invocation) => {
        seen.push(event, invocation.requestId);
        return Promise.resolve();
      },
    });
    await handler({ why: 'tick' }, context);
    expect(seen).toEqual([{ why: 'tick' }, 'request-1']);
  });

  it('logs and throws on', async () => {
    const handler = schedule({ logger, handle: () => Promise.reject(new Error('broken')) });
    await expect(handler({}, context)).rejects.toThrow('broken');
    expect(lines[0]).toMatchObject({
      level: 'ERROR',
      message: 'invocation failed',
      error: { message: 'broken' },
    });
  });
});
