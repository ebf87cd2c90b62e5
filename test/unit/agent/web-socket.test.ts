/** The agent's WebSocket client against a server of its own protocol, and its frames against anything. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFrameReader, encodeFrame, OPCODE } from '../../../agent/control-plane/frames.ts';
import { HandshakeRefused, openWebSocket } from '../../../agent/control-plane/web-socket.ts';
import { closeFrame, createReceiver, textFrame } from '../../../local/websocket/frames.ts';
import { waitUntil } from '../../../local/wait-until.ts';

const MAX_BYTES = 256;
const servers: Server[] = [];
const streams: Duplex[] = [];

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type OnUpgrade = (request: IncomingMessage, stream: Duplex) => void;

async function serve(onUpgrade: OnUpgrade): Promise<URL> {
  const server = createServer((_request, response) => response.writeHead(403).end('{"message":"no"}'));
  server.on('upgrade', (request, stream) => {
    streams.push(stream);
    stream.on('error', () => undefined);
    onUpgrade(request, stream);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/live?host=h-1`);
}

const accept = (request: IncomingMessage, stream: Duplex, more = ''): void => {
  const key = `${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const digest = createHash('sha1').update(key).digest('base64');
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${digest}\r\n${more}\r\n`,
  );
};

async function open(url: URL, timeoutMs = 2000) {
  const texts: string[] = [];
  const ends: string[] = [];
  const socket = await openWebSocket({
    url,
    headers: { authorization: 'signed' },
    timeoutMs,
    maxBytes: MAX_BYTES,
    events: { onText: (text) => texts.push(text), onEnd: (why) => ends.push(why) },
  });
  return { socket, texts, ends };
}

const seen = <T>(list: readonly T[], count = 1): Promise<readonly T[]> =>
  waitUntil(() => Promise.resolve(list.length >= count ? list : undefined), {
    what: 'something to come',
    timeoutMs: 2000,
    everyMs: 5,
  });

describe('the agent’s WebSocket', () => {
  it('sends its headers, speaks both ways, and closes', async () => {
    const received: unknown[] = [];
    const url = await serve((request, stream) => {
      received.push(request.headers.authorization, request.url);
      accept(request, stream);
      stream.write(textFrame('{"generation":3}'));
      const receive = createReceiver();
      stream.on('data', (bytes: Buffer) => received.push(...receive(bytes)));
    });
    const { socket, texts, ends } = await open(url);
    expect(await seen(texts)).toEqual(['{"generation":3}']);
    socket.send('ü'.repeat(100));
    socket.close();
    expect(await seen(received, 4)).toEqual([
      'signed',
      '/live?host=h-1',
      { kind: 'message', text: 'ü'.repeat(100) },
      { kind: 'close', code: 1000 },
    ]);
    expect(ends).toEqual([]);
  });

  it('tells why a handshake was refused', async () => {
    const url = await serve((_request, stream) =>
      stream.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'),
    );
    const refused = open(url);
    await expect(refused).rejects.toThrow(HandshakeRefused);
    await expect(refused).rejects.toMatchObject({ status: 403 });
  });

  it('takes no answer that proves nothing, names an extension, or does not come', async () => {
    const wrong = await serve((_request, stream) =>
      stream.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
      ),
    );
    await expect(open(wrong)).rejects.toThrow('no WebSocket');
    const deflate = await serve((request, stream) =>
      accept(request, stream, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
    );
    await expect(open(deflate)).rejects.toThrow('no WebSocket');
    const mute = await serve(() => undefined);
    await expect(open(mute, 50)).rejects.toThrow('50 ms');
  });

  it.each([
    ['a message that is too long', textFrame('x'.repeat(MAX_BYTES + 1)), /more than 256 bytes/],
    ['a frame that says it is huge', Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0]), /more than 256 bytes/],
    ['a binary message', Buffer.from([0x82, 1, 0]), /binary/],
    ['a masked frame', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 65]), /masked/],
    ['reserved bits', Buffer.from([0xc1, 1, 65]), /reserved/],
    ['text that is no UTF-8', Buffer.from([0x81, 1, 0xff]), /UTF-8/],
    ['a continuation of nothing', Buffer.from([0x80, 1, 65]), /order/],
    ['a close frame', closeFrame(1001, 'Going away'), /1001/],
  ])('ends at %s', async (_name, bytes, why) => {
    const url = await serve((request, stream) => {
      accept(request, stream);
      stream.write(bytes);
    });
    const { texts, ends } = await open(url);
    expect((await seen(ends))[0]).toMatch(why);
    expect(texts).toEqual([]);
  });

  it('notices that the network went', async () => {
    const url = await serve((request, stream) => {
      accept(request, stream);
      setTimeout(() => stream.destroy(), 20);
    });
    const { ends } = await open(url);
    expect(await seen(ends)).toHaveLength(1);
  });
});

describe('frames', () => {
  const reader = () => {
    const seenFrames: [string, unknown][] = [];
    const note = (kind: string) => (value: unknown) => void seenFrames.push([kind, value]);
    const read = createFrameReader(MAX_BYTES, {
      onText: note('text'),
      onPing: note('ping'),
      onClose: note('close'),
      onFault: note('fault'),
    });
    return { read, seenFrames };
  };

  it('are read alike in whatever portions they come', () => {
    const message = fc.string({ maxLength: 60, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(40)), (texts, cuts) => {
        const { read, seenFrames } = reader();
        const short = texts.filter((text) => Buffer.byteLength(text) <= MAX_BYTES);
        let rest = Buffer.concat(short.map(textFrame));
        for (const cut of cuts) {
          read(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        read(rest);
        expect(seenFrames).toEqual(short.map((text) => ['text', text]));
      }),
    );
  });

  it('of the agent are what a server reads', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'grapheme' }), (text) => {
        const bytes = encodeFrame(OPCODE.text, Buffer.from(text));
        expect(createReceiver()(bytes)).toEqual([{ kind: 'message', text: Buffer.from(text).toString() }]);
      }),
    );
  });

  it('of anybody never make the reader throw, and nothing is read after a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const { read, seenFrames } = reader();
        read(Buffer.from(bytes));
        const ended = seenFrames.findIndex(([kind]) => kind === 'fault' || kind === 'close');
        if (ended < 0) return;
        expect(ended).toBe(seenFrames.length - 1);
        read(textFrame('more'));
        expect(ended).toBe(seenFrames.length - 1);
      }),
    );
  });
});
