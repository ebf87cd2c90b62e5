/**
 * AWS Signature Version 4 on `node:crypto`.
 *
 * The rules are those of "Create a signed AWS API request" (IAM User Guide). Every service but S3 encodes the path of
 * the canonical request twice: what goes over the wire is one encoding (`$default` stands for itself there), and the
 * signature is over that, encoded again (`%24default`).
 */
import { createHash, createHmac } from 'node:crypto';
import { isoTime } from '../iso-time.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string;
}

export interface SigningInput {
  readonly method: string;
  /** Path and query exactly as they will be sent. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly region: string;
  readonly keys: Keys;
  readonly nowMs: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The headers to send: those given, `host`, the date, the session token, and the signature over all of them. */
export function signedHeaders(input: SigningInput): Record<string, string> {
  const stamp = isoTime(input.nowMs).replace(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = {
    ...lowerCased(input.headers),
    host: input.url.host,
    'x-amz-date': stamp,
    ...(input.keys.sessionToken === undefined ? {} : { 'x-amz-security-token': input.keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const scope = `${stamp.slice(0, 8)}/${input.region}/${input.service}/aws4_request`;
  const text = [ALGORITHM, stamp, scope, sha256(canonicalRequest(input, headers, names))].join('\n');
  const signature = hmac(signingKey(input, stamp.slice(0, 8)), text).toString('hex');
  return {
    ...headers,
    authorization:
      `${ALGORITHM} Credential=${input.keys.accessKeyId}/${scope}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function canonicalRequest(
  input: SigningInput,
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): string {
  return [
    input.method,
    input.url.pathname.split('/').map(encode).join('/'),
    canonicalQuery(input.url.searchParams),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    sha256(input.body),
  ].join('\n');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function signingKey(input: SigningInput, day: string): Buffer {
  const date = hmac(`AWS4${input.keys.secretAccessKey}`, day);
  return hmac(hmac(hmac(date, input.region), input.service), 'aws4_request');
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** RFC 3986: everything but letters, digits and `-._~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
