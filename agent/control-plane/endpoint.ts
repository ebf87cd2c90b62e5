/**
 * Where the control plane is: the parameters `/berth/<cluster>/endpoint` (HTTP) and `.../doorbell` (WebSocket), read
 * with the host's own keys.
 *
 * It is read once and kept. When calls have failed for long it is read again, because a redeployed control plane may
 * have moved. Parameter Store itself is found as every AWS SDK finds it: AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL, or
 * the region's own address.
 */
import type { Credentials } from './credentials.ts';
import { dateOf, type HttpCall } from './http-call.ts';
import { signedHeaders } from './sign.ts';
import type { WallClock } from './wall-clock.ts';

export interface Endpoint {
  /** Without a trailing slash; it may have a path. @throws when the parameter cannot be read */
  get(): Promise<string>;
  /** Tells how a call to the endpoint ended. */
  note(result: 'answered' | 'failed'): void;
}

/** Calls must have failed this long before the parameter is read again, and so often at most. */
export const REREAD_AFTER_MS = 30_000;
const TIMEOUT_MS = 5000;

export interface EndpointOptions {
  readonly cluster: string;
  readonly parameter: 'endpoint' | 'doorbell';
  readonly region: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  readonly call: HttpCall;
  readonly wallClock: Pick<WallClock, 'now' | 'heard'>;
}

export function createEndpoint(options: EndpointOptions): Endpoint {
  let known: string | undefined;
  let failingSinceMs: number | undefined;
  return {
    get: async () => {
      const now = options.wallClock.now();
      if (known !== undefined && (failingSinceMs === undefined || now < failingSinceMs + REREAD_AFTER_MS))
        return known;
      failingSinceMs = known === undefined ? undefined : now;
      const before = known;
      known = await readParameter(options).catch((error: unknown) => {
        if (before === undefined) throw error;
        return before; // both are out of reach: the old address is as good as any
      });
      return known;
    },
    note: (result) => {
      if (result === 'answered') failingSinceMs = undefined;
      else failingSinceMs ??= options.wallClock.now();
    },
  };
}

export function parameterStoreUrl(
  region: string,
  environment: Readonly<Record<string, string | undefined>>,
): URL {
  const own = environment.AWS_ENDPOINT_URL_SSM || environment.AWS_ENDPOINT_URL;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(own || `https://ssm.${region}.${domain}/`);
}

/** `GetParameter` in the JSON 1.1 protocol. */
async function readParameter(options: EndpointOptions): Promise<string> {
  const name = `/berth/${options.cluster}/${options.parameter}`;
  const url = parameterStoreUrl(options.region, options.environment);
  const body = JSON.stringify({ Name: name });
  const headers = signedHeaders({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' },
    body,
    service: 'ssm',
    region: options.region,
    keys: await options.credentials.get(),
    nowMs: options.wallClock.now(),
  });
  const reply = await options.call({ method: 'POST', url, headers, body, timeoutMs: TIMEOUT_MS });
  const wasOff = options.wallClock.heard(dateOf(reply));
  if (reply.status !== 200) {
    // The caller tries again soon, by the right time then.
    if (!wasOff && (reply.status === 403 || reply.status === 400)) options.credentials.distrust();
    throw new Error(`parameter ${name} cannot be read: ${reply.status} ${reply.body.slice(0, 500)}`);
  }
  const value = (JSON.parse(reply.body) as { Parameter?: { Value?: unknown } }).Parameter?.Value;
  if (typeof value !== 'string' || !URL.canParse(value))
    throw new Error(`parameter ${name} holds no address`);
  return value.replace(/\/+$/, '');
}
