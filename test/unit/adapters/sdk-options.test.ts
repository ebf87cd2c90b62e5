/** The bounds that all clients share, against a real server that never answers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sdkError } from '../../../functions/adapters/sdk-error.ts';
import { sdkOptions } from '../../../functions/adapters/sdk-options.ts';
import { clientOptions } from '../../support/client-options.ts';

describe('a service that takes the request and never answers', () => {
  let server: Server;
  let requests = 0;
  beforeAll(async () => {
    server = createServer(() => {
      requests += 1;
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is given up after the time, and asked as often as told', async () => {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new SQSClient({
      ...clientOptions({ endpoint }),
      ...sdkOptions({ requestTimeoutMs: 100, attempts: 2 }),
    });
    const command = new SendMessageCommand({ QueueUrl: `${endpoint}/q`, MessageBody: 'x' });
    const error: unknown = await client.send(command).catch((thrown: unknown) => thrown);
    expect(sdkError(error).code).toBe('TimeoutError');
    expect(requests).toBe(2);
    client.destroy();
  });
});

describe('an error of the SDK', () => {
  it('is read whatever class it has', () => {
    const error = Object.assign(new Error('no'), { name: 'Code', $metadata: { httpStatusCode: 418 } });
    expect(sdkError(error)).toEqual({ code: 'Code', message: 'no', status: 418 });
    expect(sdkError(new Error('plain'))).toEqual({ code: 'Error', message: 'plain', status: undefined });
    expect(sdkError('text')).toEqual({ code: 'Unknown', message: 'text', status: undefined });
  });
});
