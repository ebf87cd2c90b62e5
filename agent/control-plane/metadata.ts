/**
 * The instance metadata service, version 2: who this host is, and its role's keys.
 *
 * In: the service's address (169.254.169.254, or AWS_EC2_METADATA_SERVICE_ENDPOINT as for every AWS SDK).
 * Fails: rejects when the service does not answer or refuses; an item that is not there (404) is undefined, because
 *   tags may reach the metadata some time after the host booted.
 */
import type { HttpCall } from './http-call.ts';

export interface Metadata {
  /** @param path below /latest/, for example `meta-data/instance-id` */
  get(path: string): Promise<string | undefined>;
}

export interface Identity {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly address: string;
  readonly zone: string;
  readonly region: string;
  /** Berth's own id of the host, from the instance's tag. */
  readonly host: string;
}

/** The instance's tag that holds Berth's id of the host. */
export const HOST_TAG = 'berth:host';

const TOKEN_SECONDS = 21_600;
const TIMEOUT_MS = 2000;

export function createMetadata(options: { url: string; call: HttpCall; now: () => number }): Metadata {
  let token: { value: string; untilMs: number } | undefined;

  const freshToken = async (): Promise<string> => {
    if (token !== undefined && options.now() < token.untilMs) return token.value;
    const reply = await options.call({
      method: 'PUT',
      url: new URL('/latest/api/token', options.url),
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) },
      timeoutMs: TIMEOUT_MS,
    });
    if (reply.status !== 200) throw new Error(`the metadata service refused a token: ${reply.status}`);
    token = { value: reply.body, untilMs: options.now() + (TOKEN_SECONDS * 1000) / 2 };
    return token.value;
  };

  const get = async (path: string, again = true): Promise<string | undefined> => {
    const reply = await options.call({
      method: 'GET',
      url: new URL(`/latest/${path}`, options.url),
      headers: { 'x-aws-ec2-metadata-token': await freshToken() },
      timeoutMs: TIMEOUT_MS,
    });
    if (reply.status === 200) return reply.body;
    if (reply.status === 404) return undefined;
    token = undefined; // 401: the token ran out, for example because the host was stopped and started
    if (reply.status === 401 && again) return get(path, false);
    throw new Error(`the metadata service answered ${reply.status} for ${path}`);
  };

  return { get };
}

/** Everything the control plane wants to know of this host's identity. @throws when one item is not there (yet). */
export async function readIdentity(metadata: Metadata): Promise<Identity> {
  const item = async (path: string): Promise<string> => {
    const value = await metadata.get(path);
    if (value === undefined || value === '') throw new Error(`the metadata service has no ${path} yet`);
    return value.trim();
  };
  return {
    instanceId: await item('meta-data/instance-id'),
    instanceType: await item('meta-data/instance-type'),
    address: await item('meta-data/local-ipv4'),
    zone: await item('meta-data/placement/availability-zone'),
    region: await item('meta-data/placement/region'),
    host: await item(`meta-data/tags/instance/${HOST_TAG}`),
  };
}
