import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Signature Version 4, computed from what arrived on the wire with nothing but node:crypto, step by step as the IAM
 * User Guide has it ("Create a signed AWS API request"). Returns null when it holds, else what is wrong.
 */
export function signatureProblem(
  request: IncomingMessage,
  body: Buffer,
  secretOf: (accessKeyId: string) => string | undefined,
): string | null {
  const header = request.headers.authorization ?? '';
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (parts === null) return `no signature: "${header}"`;
  const [, keyId = '', day = '', region = '', service = '', names = '', signature = ''] = parts;
  const secret = secretOf(keyId);
  if (secret === undefined) return `unknown access key ${keyId}`;
  const stamp = String(request.headers['x-amz-date']);
  const signedNames = names.split(';');
  if (!signedNames.includes('host')) return 'host is not signed';
  const canonical = [
    request.method,
    canonicalPath(request.url ?? ''),
    canonicalQuery(request.url ?? ''),
    ...signedNames.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(Buffer.from(canonical))].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (before, part) => hmac(before, part),
    `AWS4${secret}`,
  );
  return hmac(key, toSign).toString('hex') === signature ? null : `signature does not match:\n${canonical}`;
}

/** Service and region of the credential scope. */
export function scopeOf(request: IncomingMessage): { region: string; service: string } {
  const [, , region = '', service = ''] = (request.headers.authorization ?? '').split('/');
  return { region, service };
}

/** Every service but S3: each segment, already encoded as it is on the wire, is encoded once more. */
function canonicalPath(target: string): string {
  const path = target.split('?')[0] ?? '';
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(target: string): string {
  const query = target.split('?')[1] ?? '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=').map((part) => encode(decodeURIComponent(part))))
    .map(([name = '', value = '']) => `${name}=${value}`)
    .sort()
    .join('&');
}

/** RFC 3986: everything but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
