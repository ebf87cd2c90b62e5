/** Each kind of probe against real servers on loopback: what passes, what fails, and that nothing outlasts a deadline. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { EngineError, type DockerEngine, type ExecResult } from '../../../../agent/docker/engine.ts';
import type { ProbeTarget } from '../../../../agent/probes/probe-runner.ts';
import type { ProbeOutcome } from '../../../../agent/probes/probe-state.ts';
import { createProbeRunner } from '../../../../agent/probes/run-probe.ts';
import { readReply } from '../../../../agent/probes/runners/grpc-health.ts';
import { eventually } from '../../../support/eventually.ts';

/** Long enough for a real server on a busy machine. */
const TIMEOUT_MS = 1000;
/** How late a busy machine may be; what the deadline does not end would never end. */
const LATE_MS = 2000;
const address = '127.0.0.1';
const noEngine: Pick<DockerEngine, 'exec' | 'execRuns'> = {
  exec: () => Promise.reject(new Error('not asked')),
  execRuns: () => Promise.reject(new Error('not asked')),
};
const run = createProbeRunner(noEngine);

const servers: { server: { close(): void }; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}
const http = async (answer: RequestListener, path = '/'): Promise<ProbeOutcome> =>
  run('k', { kind: 'http', address, port: await listen(createHttpServer(answer)), path }, TIMEOUT_MS);
const raw = async (
  on: (socket: Socket) => void,
  target: (port: number) => ProbeTarget = (port) => ({ kind: 'http', address, port, path: '/' }),
): Promise<ProbeOutcome> => run('k', target(await listen(createServer(on))), TIMEOUT_MS);
const left = (): number => servers.reduce((sum, { sockets }) => sum + sockets.size, 0);
const allLeft = (): Promise<true> =>
  eventually(() => left() === 0, { what: 'the end of each connection', seen: left });

/** A port where nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}

describe('an http probe', () => {
  it.each([200, 204, 299])('passes with status %d', async (status) => {
    expect(await http((_request, reply) => reply.writeHead(status).end())).toEqual({ kind: 'passed' });
  });
  it.each([404, 500, 503])('fails with status %d', async (status) => {
    expect(await http((_request, reply) => reply.writeHead(status).end('x'))).toEqual({
      kind: 'failed',
      message: `answered with status ${status}`,
    });
  });

  it('asks for its path, and says who asks', async () => {
    let seen: unknown;
    await http((request, reply) => {
      seen = [request.method, request.url, request.headers.host, request.headers['user-agent']];
      reply.end();
    }, '/ready?deep=1');
    expect(seen).toEqual(['GET', '/ready?deep=1', 'localhost', 'berth-probe']);
  });

  it('follows no redirect, were it a loop or to another host', async () => {
    let asked = 0;
    const outcome = await http((_request, reply) => {
      asked++;
      reply.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    });
    expect(outcome).toEqual({
      kind: 'failed',
      message: 'answered with status 302, and redirects are not followed',
    });
    expect(asked).toBe(1);
  });

  it('reads little of 10 MB, and passes', async () => {
    let sent = 0;
    const outcome = await http((_request, reply) => {
      const piece = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (sent < 10_000_000 && !reply.destroyed) {
          sent += piece.length;
          if (!reply.write(piece)) {
            reply.once('drain', more);
            return;
          }
        }
        reply.end();
      };
      more();
    });
    expect(outcome).toEqual({ kind: 'passed' });
    await allLeft();
    expect(sent).toBeLessThan(9_000_000);
  });

  it('passes by its status, however slowly the body drips', async () => {
    const began = Date.now();
    const outcome = await http((_request, reply) => {
      reply.writeHead(200);
      const drip = setInterval(() => reply.write('x'), 20);
      reply.on('close', () => clearInterval(drip));
    });
    expect(outcome).toEqual({ kind: 'passed' });
    expect(Date.now() - began).toBeLessThan(TIMEOUT_MS + LATE_MS);
    await allLeft();
  });

  it('fails at its deadline when the head drips, or nothing comes', async () => {
    const late = { kind: 'failed', message: `no answer within ${TIMEOUT_MS} ms` };
    const began = Date.now();
    const outcomes = await Promise.all([
      raw((socket) => void socket.resume()),
      raw((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ');
        const drip = setInterval(() => socket.write('x'), 20);
        socket.on('close', () => clearInterval(drip));
      }),
    ]);
    expect(outcomes).toEqual([late, late]);
    expect(Date.now() - began).toBeLessThan(TIMEOUT_MS + LATE_MS);
    await allLeft();
  });

  it('fails on a reset, on nonsense, on a head without end', async () => {
    expect(await raw((socket) => socket.resetAndDestroy())).toMatchObject({ kind: 'failed' });
    expect(await raw((socket) => socket.end('nonsense\r\n\r\n'))).toMatchObject({ kind: 'failed' });
    const endless = await raw((socket) => socket.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`));
    expect(endless).toMatchObject({ kind: 'failed', message: expect.stringMatching(/overflow/i) });
  });

  it('fails when nothing listens', async () => {
    const port = await freePort();
    expect(await run('k', { kind: 'http', address, port, path: '/' }, TIMEOUT_MS)).toEqual({
      kind: 'failed',
      message: `nothing listens on port ${port}`,
    });
  });
});

describe('a tcp probe', () => {
  const tcp = (port: number): ProbeTarget => ({ kind: 'tcp', address, port });
  it('passes when it is let in, and leaves', async () => {
    expect(await raw((socket) => void socket.resume(), tcp)).toEqual({ kind: 'passed' });
    await allLeft();
  });
  it('fails when nothing listens', async () => {
    expect(await run('k', tcp(await freePort()), TIMEOUT_MS)).toMatchObject({ kind: 'failed' });
  });
});

describe('a grpc probe', () => {
  const grpc = (port: number, service = ''): ProbeTarget => ({ kind: 'grpc', address, port, service });
  /** `status`: of the health reply; `code`: grpc-status. */
  const serve = async (
    answer: (stream: ServerHttp2Stream, path: string, body: Buffer) => void,
  ): Promise<number> => {
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      const parts: Buffer[] = [];
      stream.on('error', () => undefined);
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => answer(stream, String(headers[':path']), Buffer.concat(parts)));
    });
    return listen(server);
  };
  const reply = (stream: ServerHttp2Stream, message: number[], code = '0'): void => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code }));
    stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]));
  };

  it('passes when the service serves, asked by its name', async () => {
    let seen: unknown;
    const port = await serve((stream, path, body) => {
      seen = [path, body.toString('hex')];
      reply(stream, [0x08, 1]);
    });
    expect(await run('k', grpc(port, 'shop.Web'), TIMEOUT_MS)).toEqual({ kind: 'passed' });
    const name = Buffer.from('shop.Web').toString('hex');
    expect(seen).toEqual(['/grpc.health.v1.Health/Check', `000000000a0a08${name}`]);
    expect(await run('k', grpc(port), TIMEOUT_MS)).toEqual({ kind: 'passed' });
    expect(seen).toEqual(['/grpc.health.v1.Health/Check', '0000000000']);
  });

  it.each([
    [[0x08, 2], 'says NOT_SERVING'],
    [[0x08, 3], 'says SERVICE_UNKNOWN'],
    [[], 'says UNKNOWN'],
    [[0x08, 9], 'answered with no health reply'],
    [[0x08], 'answered with no health reply'],
  ])('fails with the reply %j', async (message, words) => {
    const port = await serve((stream) => reply(stream, message));
    expect(await run('k', grpc(port), TIMEOUT_MS)).toEqual({ kind: 'failed', message: words });
  });

  it('passes over fields that it does not know', () => {
    const frame = (bytes: number[]): Buffer => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]);
    expect(readReply(frame([0x12, 2, 1, 1, 0x08, 1]))).toBe('SERVING');
    expect(readReply(frame([0x08, 1, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4]))).toBe('SERVING');
    expect(readReply(frame([0x08, 1, 0x12, 200]))).toBeUndefined();
    expect(readReply(Buffer.from([1, 0, 0, 0, 0]))).toBeUndefined();
  });

  it.each([
    ['5', 'the server knows no such service'],
    ['12', 'the server does not speak grpc.health.v1'],
    ['14', 'grpc-status 14'],
  ])('fails with grpc-status %s', async (code, words) => {
    const port = await serve((stream) =>
      stream.respond({ ':status': 200, 'grpc-status': code }, { endStream: true }),
    );
    expect(await run('k', grpc(port), TIMEOUT_MS)).toEqual({ kind: 'failed', message: words });
  });

  it('fails at its deadline, on a flood, on another protocol, and when nothing listens', async () => {
    const silent = await serve(() => undefined);
    expect(await run('k', grpc(silent), TIMEOUT_MS)).toEqual({
      kind: 'failed',
      message: `no answer within ${TIMEOUT_MS} ms`,
    });
    const flood = await serve((stream) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(10_000_000));
    });
    expect(await run('k', grpc(flood), TIMEOUT_MS)).toMatchObject({ kind: 'failed' });
    const plain = await listen(createHttpServer((_request, answer) => answer.end('hello')));
    expect(await run('k', grpc(plain), TIMEOUT_MS)).toMatchObject({ kind: 'failed' });
    expect(await run('k', grpc(await freePort()), TIMEOUT_MS)).toMatchObject({ kind: 'failed' });
    await allLeft();
  });
});

describe('an exec probe', () => {
  const target: ProbeTarget = { kind: 'exec', container: 'c1', command: ['check'] };
  const ask = (
    results: (ExecResult | Error)[],
    runs: () => boolean = () => false,
  ): Promise<ProbeOutcome[]> => {
    const probe = createProbeRunner({
      exec: () => {
        const next = results.shift()!;
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
      execRuns: () => Promise.resolve(runs()),
    });
    return (async () => {
      const outcomes: ProbeOutcome[] = [];
      while (results.length > 0) outcomes.push(await probe('k', target, TIMEOUT_MS));
      return outcomes;
    })();
  };

  it('passes with exit code 0, and fails with the words of any other, made harmless', async () => {
    expect(
      await ask([
        { kind: 'ended', exitCode: 0, output: 'fine' },
        { kind: 'ended', exitCode: 2, output: '\u001b[31mdown\n\u0007now\u001b[0m' },
        { kind: 'ended', exitCode: 1, output: '' },
      ]),
    ).toEqual([
      { kind: 'passed' },
      { kind: 'failed', message: 'exit code 2: [31mdown now [0m' },
      { kind: 'failed', message: 'exit code 1' },
    ]);
  });

  it('starts no second command while the first has not ended', async () => {
    const answers = [true, true, false];
    const results: ExecResult[] = [
      { kind: 'running', exec: 'e1' },
      { kind: 'ended', exitCode: 0, output: '' },
    ];
    let begun = 0;
    const probe = createProbeRunner({
      exec: () => Promise.resolve(results[begun++]!),
      execRuns: () => Promise.resolve(answers.shift()!),
    });
    const outcomes = [];
    for (let index = 0; index < 4; index++) outcomes.push((await probe('k', target, TIMEOUT_MS)).kind);
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'passed']);
    expect(begun).toBe(2);
  });

  it('says nothing of the container when Docker does not answer', async () => {
    expect(await ask([new EngineError('timeout', 'late'), new EngineError('not-running', 'gone')])).toEqual([
      { kind: 'unknown', message: 'late' },
      { kind: 'unknown', message: 'gone' },
    ]);
  });
});
