import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { signedFetch } from '../../../local/signed-fetch.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** Answers with one status after the other, the last one for good. */
async function answering(...statuses: number[]): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    response.statusCode = statuses[Math.min(asked++, statuses.length - 1)] ?? 0;
    response.end(`answer ${asked}`);
  });
  closers.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/cluster`, asked: () => asked };
}

it('asks again where the gateway had no answer of the function', async () => {
  const { url } = await answering(502, 504, 200);
  expect(await signedFetch('eu-central-1', { method: 'PUT', url, body: {} })).toBe('answer 3');
});

it('asks again where nobody answers in time', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    if (++asked > 1) response.end('late');
  });
  closers.push(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/cluster`;
  expect(await signedFetch('eu-central-1', { method: 'GET', url, timeoutMs: 200 })).toBe('late');
});

it('gives up after a few times, and says how many', async () => {
  const { url, asked } = await answering(503);
  await expect(signedFetch('eu-central-1', { method: 'GET', url, attempts: 4 })).rejects.toThrow(
    /answered 503, 4 times asked: answer 4$/,
  );
  expect(asked()).toBe(4);
});

it.each([400, 409, 500])('takes a %i of the API for its last word', async (status) => {
  const { url, asked } = await answering(status, 200);
  await expect(signedFetch('eu-central-1', { method: 'GET', url })).rejects.toThrow(
    `answered ${status}: answer 1`,
  );
  expect(asked()).toBe(1);
});
