/**
 * The port "control plane" over signed HTTP.
 *
 * A refusal (403) is answered once: with the time that the refusal names when ours is wrong, else with new keys; after
 * that the caller's own back-off rules. How calls
 * end is told to `endpoint`, which looks for a new address when they fail for long.
 */
import { messageOf } from '../log.ts';
import { ControlPlaneError, type ControlPlane } from './control-plane.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { dateOf, type HttpCall, type HttpReply } from './http-call.ts';
import { readBeatReply, readManifest, readRegistrationReply, readReportReply } from './replies.ts';
import type { Reader } from './read-value.ts';
import { signedHeaders } from './sign.ts';
import type { WallClock } from './wall-clock.ts';

export interface SignedControlPlaneOptions {
  readonly region: string;
  readonly credentials: Credentials;
  readonly endpoint: Endpoint;
  readonly call: HttpCall;
  readonly wallClock: Pick<WallClock, 'now' | 'heard'>;
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly host: string;
  readonly route: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** More than a cold start of the function behind it. */
const TIMEOUT_MS = 10_000;

export function createSignedControlPlane(options: SignedControlPlaneOptions): ControlPlane {
  const send = async (request: Request): Promise<HttpReply> => {
    const base = await options.endpoint.get();
    const url = new URL(`${base}/v1/agent/hosts/${request.host}/${request.route}`);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers = signedHeaders({
      method: request.method,
      url,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      body: body ?? '',
      service: 'execute-api',
      region: options.region,
      keys: await options.credentials.get(),
      nowMs: options.wallClock.now(),
    });
    const sent = { method: request.method, url, headers, timeoutMs: TIMEOUT_MS };
    return options.call(body === undefined ? sent : { ...sent, body });
  };

  const sendTwice = async (request: Request): Promise<HttpReply> => {
    const reply = await send(request);
    const wasOff = options.wallClock.heard(dateOf(reply));
    if (reply.status !== 403) return reply;
    if (!wasOff) options.credentials.distrust();
    return send(request);
  };

  const call = async (request: Request): Promise<HttpReply> => {
    const name = `${request.method} ${request.route}`;
    try {
      const reply = await sendTwice(request);
      options.endpoint.note(reply.status < 400 ? 'answered' : 'failed');
      if (reply.status < 400) return reply;
      const words = `${name} was refused: ${reply.status} ${reply.body.slice(0, 500)}`;
      throw new ControlPlaneError(words, { status: reply.status });
    } catch (cause) {
      if (cause instanceof ControlPlaneError) throw cause;
      options.endpoint.note('failed');
      throw new ControlPlaneError(`${name} got no answer`, { cause });
    }
  };

  return {
    register: async (host, body) =>
      read(await call({ method: 'POST', host, route: 'registration', body }), readRegistrationReply),
    manifest: async (host, generation) => {
      const headers = generation === undefined ? {} : { 'if-none-match': `"${generation}"` };
      const reply = await call({ method: 'GET', host, route: 'manifest', headers });
      if (reply.status === 304) return 'unchanged';
      const manifest = read(reply, readManifest);
      if (manifest.host !== host)
        throw new ControlPlaneError(`the manifest is of ${manifest.host}, not of ${host}`);
      return manifest;
    },
    report: async (host, body) =>
      read(await call({ method: 'PUT', host, route: 'report', body }), readReportReply),
    beat: async (host, body) =>
      read(await call({ method: 'POST', host, route: 'beat', body }), readBeatReply),
  };
}

function read<T>(reply: HttpReply, reader: Reader<T>): T {
  try {
    return reader(JSON.parse(reply.body), '');
  } catch (cause) {
    throw new ControlPlaneError(`the control plane's reply makes no sense: ${messageOf(cause)}`);
  }
}
