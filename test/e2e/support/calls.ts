/** One HTTP call of the API, byte for byte as the test wants it: signed by whom it says, or by nobody. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ErrorReply } from '../../../contract/http-api.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import type { Cloud } from '../../../local/cloud.ts';

type Target = Pick<Cloud, 'plan' | 'endpoint'>;

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Call {
  readonly method: string;
  /** `/v1/stacks/shop` */
  readonly path: string;
  /** The account's root unless given; null: unsigned. */
  readonly keys?: Keys | null;
  readonly body?: string | Uint8Array;
  readonly type?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly tookMs: number;
}

/** As long as API Gateway waits for an integration. */
const TIMEOUT_MS = 30_000;

/** Resolves whatever the status. */
export async function call(cloud: Target, what: Call): Promise<Answer> {
  const { url, headers } = await signed(cloud, what);
  const { method, body } = what;
  const startedMs = performance.now();
  const reply = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && { body: Buffer.from(body) }),
  });
  return { status: reply.status, text: await reply.text(), tookMs: performance.now() - startedMs };
}

/** The same call as the bytes of one HTTP/1.1 request, for programs that can only open a connection. */
export async function bytesOf(cloud: Target, what: Call): Promise<Buffer> {
  const { url, headers } = await signed(cloud, what);
  const body = Buffer.from(what.body ?? '');
  const { pathname, search } = new URL(url);
  const fields = { ...headers, 'content-length': String(body.length), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([
    Buffer.from(`${[`${what.method} ${pathname}${search} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`),
    body,
  ]);
}

async function signed(
  cloud: Target,
  { method, path, keys = ROOT_KEYS, body, type }: Call,
): Promise<{ url: string; headers: Record<string, string> }> {
  const url = `${cloud.endpoint}${path}`;
  const { hostname, host, pathname, searchParams } = new URL(url);
  const plain = new HttpRequest({
    method,
    hostname,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { host, ...(type !== undefined && { 'content-type': type }) },
    body,
  });
  const region = cloud.plan.region;
  const signer =
    keys && new SignatureV4({ service: 'execute-api', region, credentials: keys, sha256: Sha256 });
  const { headers } = signer ? await signer.sign(plain) : plain;
  return { url, headers };
}

/** What an answer of 400 or more says. @throws Error when it is not of the API's own form */
export function refusalOf({ status, text }: Answer): ErrorReply['error'] {
  const { error } = JSON.parse(text) as Partial<ErrorReply>;
  if (error === undefined) throw new Error(`no error of the API: ${String(status)} ${text.slice(0, 300)}`);
  return error;
}

/** Keys of a session of a role, as the account's root gets them. The session of a host is named after its instance. */
export async function sessionOf(cloud: Target, role: string, session: string): Promise<Keys> {
  const { region, account, ports } = cloud.plan;
  const keys = await fromTemporaryCredentials({
    params: { RoleArn: `arn:aws:iam::${account}:role/${role}`, RoleSessionName: session },
    masterCredentials: ROOT_KEYS,
    clientConfig: { region, endpoint: loopbackEndpoint(ports.relay) },
  })();
  return { ...keys, sessionToken: keys.sessionToken ?? '' };
}
