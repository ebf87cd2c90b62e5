/** Deadlines and kept connections, against servers that behave badly. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpCall } from '../../../agent/control-plane/http-call.ts';
import { splitReference } from '../../../agent/docker/docker-engine.ts';
import { createSocketClient, type SocketClient } from '../../../agent/docker/socket-client.ts';

let server: Server;
let folder: string;
let client: SocketClient;
let answer: RequestListener;
let url: URL;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-socket-'));
  const path = join(folder, 's');
  answer = (_request, response) => response.end('{"a":1}');
  const listener: RequestListener = (request, response) => answer(request, response);
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  client = createSocketClient(path);
  const tcp = createServer(listener);
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}/x`);
  server.once('close', () => {
    tcp.closeAllConnections();
    tcp.close();
  });
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const get = { method: 'GET', path: '/x', timeoutMs: 200 } as const;
const silent: RequestListener = () => undefined;
const halfway: RequestListener = (_request, response) => {
  response.writeHead(200);
  response.write('{"a":');
};

describe('a call to Docker', () => {
  it('has its answer parsed', async () => {
    expect(await client.call(get)).toMatchObject({ status: 200, body: { a: 1 } });
  });

  it.each([
    ['never answers', silent],
    ['stops in the middle', halfway],
  ])('ends at its deadline when Docker %s', async (_what, listener) => {
    answer = listener;
    await expect(client.call(get)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('survives a kept connection that was closed meanwhile', async () => {
    for (let count = 0; count < 5; count++) {
      expect((await client.call(get)).status).toBe(200);
      server.closeAllConnections();
    }
  });

  it('that is cut off is not answered', async () => {
    answer = (request) => request.socket.destroy();
    await expect(client.call(get)).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

describe('a stream of Docker', () => {
  const read = async (idleMs: number): Promise<unknown[]> => {
    const values: unknown[] = [];
    for await (const value of client.stream({ ...get, idleMs })) values.push(value);
    return values;
  };

  it('gives each line as it comes, however it is cut', async () => {
    answer = (_request, response) => {
      for (const part of ['{"n":1}\n{"n"', ':2}\r\n', '\n{"n":"ü"}']) response.write(part);
      response.end();
    };
    expect(await read(0)).toEqual([{ n: 1 }, { n: 2 }, { n: 'ü' }]);
  });

  it('that falls silent ends, if it may not', async () => {
    answer = (_request, response) => void response.write('{"n":1}\n');
    await expect(read(100)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('that never begins ends at the deadline', async () => {
    answer = silent;
    await expect(read(0)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('that is refused says why', async () => {
    answer = (_request, response) => response.writeHead(500).end('{"message":"no such filter"}');
    await expect(read(0)).rejects.toMatchObject({ kind: 'refused', message: 'no such filter' });
  });
});

describe('an HTTP call', () => {
  it.each([
    ['never answers', silent],
    ['stops in the middle', halfway],
  ])('ends at its deadline when the server %s', async (_what, listener) => {
    answer = listener;
    await expect(httpCall({ method: 'GET', url, timeoutMs: 200 })).rejects.toThrow('no answer within 200 ms');
  });

  it('takes any status for an answer', async () => {
    answer = (_request, response) => response.writeHead(500).end('oops');
    expect(await httpCall({ method: 'PUT', url, body: 'ü', timeoutMs: 1000 })).toMatchObject({
      status: 500,
      body: 'oops',
    });
  });

  it('to nobody is an error with its cause', async () => {
    const nobody = new URL('http://127.0.0.1:1/');
    await expect(httpCall({ method: 'GET', url: nobody, timeoutMs: 1000 })).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
  });
});

describe('an image reference', () => {
  it.each([
    ['web', 'web', 'latest'],
    ['web:2', 'web', '2'],
    ['127.0.0.1:5000/a/web', '127.0.0.1:5000/a/web', 'latest'],
    ['127.0.0.1:5000/a/web:2', '127.0.0.1:5000/a/web', '2'],
    ['web@sha256:abc', 'web', 'sha256:abc'],
    ['web:2@sha256:abc', 'web', 'sha256:abc'],
  ])('%s is pulled as %s, %s', (image, name, tag) => {
    expect(splitReference(image)).toEqual({ name, tag });
  });
});
