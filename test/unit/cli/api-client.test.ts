import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createApiClient, RETRY } from '../../../cli/api/api-client.ts';
import type { ApiClient } from '../../../cli/api/api-client.ts';
import { whoCalls } from '../../../cli/api/caller.ts';
import { getStack, getVersion, listEvents, listHosts, putStack } from '../../../cli/api/routes.ts';
import type { Target } from '../../../cli/api/target.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import type { FakeApi, Reply, Seen } from './support/fake-api.ts';
import { apiError, startFakeApi } from './support/fake-api.ts';

const VERSION = { version: '0.1.0', cluster: 'berth', zone: 'berth.internal', region: 'us-east-1' };
const ANN = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

let fake: FakeApi | null = null;
let other: Server | null = null;
afterEach(async () => {
  await fake?.close();
  other?.close();
  [fake, other] = [null, null];
});

async function against(answer: (seen: Seen, count: number) => Reply): Promise<string> {
  let count = 0;
  fake = await startFakeApi((seen) => answer(seen, ++count));
  return fake.endpoint;
}

interface Change {
  readonly credentials?: typeof ANN;
  readonly source?: Target['source'];
  readonly clockOffMs?: number;
}

function client(endpoint: string, change: Change = {}): { api: ApiClient; slept: number[] } {
  const slept: number[] = [];
  const target: Target = {
    endpoint: new URL(endpoint),
    region: 'us-east-1',
    source: change.source ?? 'option',
    foundIn: '--endpoint',
    credentials: () => Promise.resolve(change.credentials ?? ANN),
  };
  const api = createApiClient(target, {
    nowMs: () => Date.now() + (change.clockOffMs ?? 0),
    random: () => 0.5,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
    whoCalls: (called) => whoCalls(called, { AWS_ENDPOINT_URL: new URL('/', endpoint).href }),
  });
  return { api, slept };
}

/** A server that accepts a connection and does `act` with it. */
async function rawServer(answer: string | null): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => (answer === null ? socket.destroy() : socket.end(answer)));
  });
  other = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('calls', () => {
  it('are signed so that an independent computation agrees: path with $default, query, body', async () => {
    const endpoint = await against(({ method, path }) =>
      method === 'PUT'
        ? { body: { stack: 'shop', revision: 1, changed: true, digest: 'd', warnings: [] } }
        : { body: path === '/v1/events' ? { events: [], next: null } : VERSION },
    );
    const { api } = client(endpoint);
    expect(await getVersion(api)).toEqual(VERSION);
    await listEvents(api, { stack: 'shop', after: '00001-a', limit: 7 });
    await putStack(api, 'shop', Buffer.from('name: shöp\n'));
    const [, events, put] = fake?.seen ?? [];
    expect(Object.fromEntries(events?.query ?? [])).toEqual({ stack: 'shop', after: '00001-a', limit: '7' });
    expect([put?.contentType, put?.body.toString(), put?.region]).toEqual([
      'application/yaml',
      'name: shöp\n',
      'us-east-1',
    ]);
  });

  it('with a wrong secret are refused: the check can fail', async () => {
    const endpoint = await against(() => ({ body: VERSION }));
    const { api } = client(endpoint, { credentials: { ...ANN, secretAccessKey: 'other' } });
    await expect(getVersion(api)).rejects.toMatchObject({ code: 'forbidden' });
    expect(fake?.seen).toEqual([]);
  });

  it('never put anything but a DNS label into a path', async () => {
    const { api } = client('http://127.0.0.1:1');
    for (const name of ['../hosts', 'A', 'a b', '', 'a'.repeat(64)])
      await expect((async () => getStack(api, name))()).rejects.toMatchObject({ exitCode: EXIT.badInput });
  });

  it('leave out unknown keys of a newer control plane without complaint', async () => {
    const endpoint = await against(() => ({ raw: true, body: { ...VERSION, newer: true } }));
    expect(await getVersion(client(endpoint).api)).toEqual(VERSION);
  });
});

describe('what passes is tried again', () => {
  it.each([429, 500, 502, 503, 504])('status %d, with growing waits', async (status) => {
    const endpoint = await against((_seen, count) =>
      count < 3 ? { status, raw: true, body: '{}' } : { body: VERSION },
    );
    const { api, slept } = client(endpoint);
    await getVersion(api);
    expect(slept).toEqual([RETRY.baseMs / 2, RETRY.baseMs]);
  });

  it('as long as Retry-After says, but not for ever', async () => {
    const endpoint = await against((_seen, count) =>
      count === 1
        ? { status: 503, raw: true, body: '', headers: { 'retry-after': '2' } }
        : count === 2
          ? { status: 503, raw: true, body: '', headers: { 'retry-after': '3600' } }
          : { body: VERSION },
    );
    const { api, slept } = client(endpoint);
    await getVersion(api);
    expect(slept).toEqual([2000, RETRY.maxMs]);
  });

  it(`at most ${String(RETRY.attempts)} times`, async () => {
    const endpoint = await against(() => ({ status: 503, raw: true, body: '' }));
    await expect(getVersion(client(endpoint).api)).rejects.toMatchObject({
      code: 'not-berth',
      exitCode: EXIT.noAccess,
    });
    expect(fake?.seen.length).toBe(RETRY.attempts);
  });

  it.each([400, 404, 409, 413])('but not status %d', async (status) => {
    const endpoint = await against(() => apiError(status, 'conflict', 'no'));
    await expect(getVersion(client(endpoint).api)).rejects.toMatchObject({ message: 'no' });
    expect(fake?.seen.length).toBe(1);
  });
});

describe('failures say what happened and what to do', () => {
  const failure = async (endpoint: string, change: Change = {}) => {
    try {
      await listHosts(client(endpoint, change).api);
    } catch (error) {
      return error as { code: string; message: string; remedies: string[]; exitCode: number };
    }
    throw new Error('it did not fail');
  };

  it('nobody listens', async () => {
    const endpoint = await rawServer('');
    other?.close();
    const error = await failure(endpoint);
    expect(error).toMatchObject({ code: 'unreachable', exitCode: EXIT.noAccess });
    expect(error.message).toBe(`${endpoint}/ does not answer: connection refused`);
    expect(error.remedies.join()).toContain('--endpoint');
    expect((await failure(endpoint, { source: 'local-file' })).remedies.join()).toContain('npm start');
  });

  it('the name does not resolve', async () => {
    expect((await failure('http://no-such-host.invalid')).message).toMatch(
      /its name (?:does not resolve|could not be looked up now)/,
    );
  });

  it('the connection is cut', async () => {
    expect((await failure(await rawServer(null))).message).toContain('the connection was cut');
  });

  it('something else answers', async () => {
    const page = '<html><body>It works!</body></html>';
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${String(page.length)}\r\nconnection: close\r\n\r\n${page}`;
    const error = await failure(await rawServer(answer));
    expect(error).toMatchObject({ code: 'not-berth', exitCode: EXIT.noAccess });
    expect(error.message).toContain('status 200 (text/html)');
    expect(error.message).toContain('It works!');
  });

  it('JSON of another shape', async () => {
    const endpoint = await against(() => ({ raw: true, body: [{ host: 7 }] }));
    const error = await failure(endpoint);
    expect(error.code).toBe('not-berth');
    expect(error.message).toContain('GET /v1/hosts');
  });

  it('a redirect is not followed: the signature would not hold there', async () => {
    const endpoint = await against(() => ({
      status: 302,
      raw: true,
      body: '',
      headers: { location: 'http://127.0.0.1:1/' },
    }));
    expect((await failure(endpoint)).code).toBe('unreachable');
  });

  it('403 names who was refused', async () => {
    const endpoint = await against(() => ({ status: 403, raw: true, body: '{"message":"Forbidden"}' }));
    const error = await failure(endpoint);
    expect(error).toMatchObject({ code: 'forbidden', exitCode: EXIT.noAccess });
    expect(error.message).toMatch(/^arn:aws:iam::000000000000:user\/eve may not call .* \("Forbidden"\)$/);
    expect(error.remedies.join()).toContain('execute-api:Invoke');
  });

  it('403 of the local cloud says which keys it knows', async () => {
    const endpoint = await against(() => ({ body: [] }));
    const error = await failure(endpoint, {
      source: 'local-file',
      credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' },
    });
    expect(error.remedies.join()).toContain('AWS_ACCESS_KEY_ID=test');
  });

  it('a clock that is off, by the answer itself', async () => {
    const endpoint = await against(() => ({ status: 403, raw: true, body: '{"message":"Forbidden"}' }));
    const ahead = await failure(endpoint, { clockOffMs: 20 * 60_000 });
    expect(ahead).toMatchObject({ code: 'clock-skew', exitCode: EXIT.noAccess });
    expect(ahead.message).toContain('20 minutes ahead of');
    expect((await failure(endpoint, { clockOffMs: -9 * 60_000 })).message).toContain('9 minutes behind');
  });

  it('keys that have expired', async () => {
    const body = '{"message":"The security token included in the request is expired"}';
    const endpoint = await against(() => ({ status: 403, raw: true, body }));
    expect((await failure(endpoint)).code).toBe('expired-credentials');
  });

  it("the API's own words", async () => {
    const problem = { path: 'services.web', line: 3, column: 5, message: 'no image' };
    const endpoint = await against(() =>
      apiError(400, 'invalid-document', 'the document is refused', [problem]),
    );
    expect(await failure(endpoint)).toMatchObject({ exitCode: EXIT.badInput, problems: [problem] });
  });

  it("API Gateway's 413", async () => {
    const endpoint = await against(() => ({
      status: 413,
      raw: true,
      body: '{"message":"Request Entity Too Large"}',
    }));
    expect(await failure(endpoint)).toMatchObject({ code: 'body-too-large', exitCode: EXIT.badInput });
  });
});
