/**
 * One call of `grpc.health.v1.Health/Check` over HTTP/2 without TLS (github.com/grpc/grpc, doc/health-checking.md):
 * SERVING passes, everything else fails.
 *
 * Bounded: one stream, a session of 1 MB, no pushes, at most `REPLY_MAX` bytes of reply.
 */
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import type { ProbeOutcome } from '../probe-state.ts';
import { faultOf, plain } from './fault.ts';
import { encodeRequest, readReply, type ServingStatus } from './grpc-health.ts';

export interface GrpcTarget {
  readonly address: string;
  readonly port: number;
  readonly service: string;
}

const REPLY_MAX = 4096;

/** A large part of Node, and few services are asked this way: it is loaded for the first of them. */
const http2 = () => process.getBuiltinModule('node:http2');

/** Codes of gRPC that deserve words of their own (doc/statuscodes.md). */
const CODES: Readonly<Record<string, string>> = {
  5: 'the server knows no such service',
  12: 'the server does not speak grpc.health.v1',
};

/** When `signal` aborts first, it does not settle. */
export function probeGrpc(target: GrpcTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const session = http2().connect(`http://${target.address}:${target.port}`, {
      maxSessionMemory: 1,
      maxHeaderListPairs: 64,
      settings: { enablePush: false, maxHeaderListSize: 16 * 1024 },
    });
    const end = (outcome: ProbeOutcome): void => {
      if (signal.aborted) return;
      resolve(outcome);
      session.destroy();
    };
    session.on('error', (error) => end(faultOf(error, target.port)));
    session.on('close', () => end({ kind: 'failed', message: `port ${target.port} closed the connection` }));
    signal.addEventListener('abort', () => session.destroy(), { once: true });
    ask(session, target.service).then(end, (error: unknown) => end(faultOf(error, target.port)));
  });
}

function ask(session: ClientHttp2Session, service: string): Promise<ProbeOutcome> {
  const { constants } = http2();
  return new Promise((resolve, reject) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_AUTHORITY]: 'localhost',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      'user-agent': 'berth-probe',
    });
    let status = 0;
    let code: string | undefined;
    let size = 0;
    const parts: Buffer[] = [];
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      code = codeOf(headers['grpc-status']); // an error may come without a body, in the head
    });
    stream.on(
      'trailers',
      (trailers: IncomingHttpHeaders) => (code = codeOf(trailers['grpc-status']) ?? code),
    );
    stream.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= REPLY_MAX) parts.push(part);
      else resolve({ kind: 'failed', message: `answered with more than ${REPLY_MAX} bytes` });
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(verdict(status, code, Buffer.concat(parts))));
    stream.end(encodeRequest(service));
  });
}

const codeOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function verdict(status: number, code: string | undefined, body: Buffer): ProbeOutcome {
  if (status !== 200) return { kind: 'failed', message: `answered with HTTP status ${status}` };
  if (code !== '0') {
    const words = code === undefined ? 'no grpc-status' : (CODES[code] ?? `grpc-status ${plain(code)}`);
    return { kind: 'failed', message: words };
  }
  const serving: ServingStatus | undefined = readReply(body);
  if (serving === 'SERVING') return { kind: 'passed' };
  return {
    kind: 'failed',
    message: serving === undefined ? 'answered with no health reply' : `says ${serving}`,
  };
}
