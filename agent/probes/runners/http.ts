/**
 * One GET over HTTP/1.1: a status from 200 to 299 passes. Redirects are answers like any other, and are not followed.
 *
 * The status decides; of the body at most `BODY_MAX` bytes are read, and none is kept.
 */
import { request } from 'node:http';
import type { ProbeOutcome } from '../probe-state.ts';
import { faultOf } from './fault.ts';

const BODY_MAX = 64 * 1024;
const HEAD_MAX = 16 * 1024;

export interface HttpTarget {
  readonly address: string;
  readonly port: number;
  readonly path: string;
}

/** When `signal` aborts before there was a status, it does not settle. */
export function probeHttp({ address, port, path }: HttpTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const sent = request({
      host: address,
      port,
      path,
      signal,
      agent: false,
      maxHeaderSize: HEAD_MAX,
      headers: { host: 'localhost', 'user-agent': 'berth-probe', accept: '*/*', connection: 'close' },
    });
    sent.on('response', (reply) => {
      const outcome = ofStatus(reply.statusCode ?? 0);
      const done = (): void => {
        resolve(outcome);
        sent.destroy();
      };
      let read = 0;
      reply.on('data', (part: Buffer) => {
        read += part.length;
        if (read > BODY_MAX) done();
      });
      // A body that breaks off or never ends is not what was asked about.
      for (const end of ['end', 'error', 'close']) reply.on(end, done);
      signal.addEventListener('abort', done, { once: true });
    });
    sent.on('error', (error) => {
      if (!signal.aborted) resolve(faultOf(error, port));
    });
    sent.end();
  });
}

function ofStatus(status: number): ProbeOutcome {
  if (status >= 200 && status < 300) return { kind: 'passed' };
  const more = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return { kind: 'failed', message: `answered with status ${status}${more}` };
}
