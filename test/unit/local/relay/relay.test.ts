import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accessKeyIdOf, createCallLog } from '../../../../local/relay/call-log.ts';
import { startRelay } from '../../../../local/relay/start-relay.ts';
import type { Relay } from '../../../../local/relay/start-relay.ts';

let emulator: Server;
let relay: Relay;
let base: string;
let port: number;
const seen: IncomingMessage[] = [];

const freePort = async (): Promise<number> => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
};

beforeEach(async () => {
  seen.length = 0;
  emulator = createServer((request, response) => {
    seen.push(request);
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => response.writeHead(201, { 'x-method': request.method }).end(hash.digest('hex')));
  });
  emulator.on('upgrade', (request: IncomingMessage, socket) => {
    seen.push(request);
    if (request.url?.includes('refuse')) socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    else {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello ',
      );
      socket.pipe(socket);
    }
  });
  await new Promise<void>((resolve) => emulator.listen(0, '127.0.0.1', resolve));
  port = await freePort();
  relay = await startRelay({
    addresses: ['127.0.0.1', '127.0.0.2'],
    port,
    emulatorPort: (emulator.address() as AddressInfo).port,
  });
  base = `http://127.0.0.1:${String(port)}`;
});
afterEach(async () => {
  await relay.close();
  emulator.closeAllConnections();
  await new Promise((resolve) => emulator.close(resolve));
});

/** Sends an upgrade and collects what comes back until `until` is in it. */
function upgrade(path: string, until: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes('hello ') && !text.includes('ping')) socket.write('ping');
      if (text.includes(until)) {
        socket.destroy();
        resolve(text);
      }
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe('the relay', () => {
  it('passes a call on as it is, and says that the client spoke TLS', async () => {
    const reply = await fetch(`${base}/bucket/key?x=1`, {
      method: 'PUT',
      body: 'text',
      headers: { 'x-own': 'a' },
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('x-method')).toBe('PUT');
    expect(seen[0]?.url).toBe('/bucket/key?x=1');
    expect(seen[0]?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-own': 'a',
      host: `127.0.0.1:${String(port)}`, // signatures cover it
    });
  });

  it('listens on every address it was given', async () => {
    expect((await fetch(`http://127.0.0.2:${String(port)}/`)).status).toBe(201);
  });

  it('streams an upload of 60 MB', async () => {
    const chunk = randomBytes(1024 * 1024);
    const hash = createHash('sha256');
    for (let count = 0; count < 60; count++) hash.update(chunk);
    const body = Readable.toWeb(Readable.from(Array.from({ length: 60 }, () => chunk))) as ReadableStream;
    const reply = await fetch(`${base}/upload`, { method: 'PUT', body, duplex: 'half' });
    expect(await reply.text()).toBe(hash.digest('hex'));
  });

  it('opens a WebSocket and passes both directions on', async () => {
    const text = await upgrade('/_aws/execute-api/abc/prod', 'ping');
    expect(text).toContain('101 Switching Protocols');
    expect(text).toContain('hello ping');
    expect(seen[0]?.headers['x-forwarded-proto']).toBe('https');
  });

  it('hands back a refused upgrade', async () => {
    expect(await upgrade('/_aws/execute-api/abc/refuse', 'no')).toContain('403 Forbidden');
  });

  it('answers 502 when nobody is behind it', async () => {
    emulator.closeAllConnections();
    await new Promise((resolve) => emulator.close(resolve));
    expect((await fetch(`${base}/_aws/execute-api/abc/x`)).status).toBe(502);
    expect(relay.calls().at(-1)?.status).toBe(502);
    emulator.listen(0);
  });

  it('rejects when a port is taken', async () => {
    await expect(startRelay({ addresses: ['127.0.0.1'], port, emulatorPort: 1 })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});

describe('the record of API calls', () => {
  it('has who called what, and nothing else', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=ASIAX/20260101/us-east-1/execute-api/aws4_request, Signature=1';
    await fetch(`${base}/_aws/execute-api/abc/$default/v1/hosts?secret=1`, { headers: { authorization } });
    await fetch(`${base}/bucket/key`);
    await upgrade('/_aws/execute-api/abc/prod?X-Amz-Credential=ASIAY%2F2026', 'ping');
    expect(relay.calls()).toEqual([
      {
        time: expect.any(String),
        method: 'GET',
        path: '/_aws/execute-api/abc/$default/v1/hosts',
        accessKeyId: 'ASIAX',
        status: 201,
      },
      expect.objectContaining({ accessKeyId: 'ASIAY', status: 101 }),
    ]);
  });

  it('keeps the newest 10,000', () => {
    const log = createCallLog();
    for (let at = 0; at < 10_001; at++)
      log.begin({ method: 'GET', url: `/_aws/execute-api/${String(at)}`, headers: {} })(200);
    expect(log.calls()).toHaveLength(10_000);
    expect(log.calls()[0]?.path).toBe('/_aws/execute-api/1');
  });

  it('knows an unsigned call', () => {
    expect(accessKeyIdOf(undefined, new URLSearchParams())).toBeUndefined();
  });
});
