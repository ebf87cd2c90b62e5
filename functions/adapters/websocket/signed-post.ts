/**
 * One signed POST to API Gateway, in one attempt with one deadline: a ring that is late is worth nothing.
 *
 * Not the SDK's client of the management API: what it adds to a signature are retries, which are not wanted here. Keys
 * and region come from the variables that Lambda sets, which live as long as the process.
 */
import { createHash, createHmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export interface PostReply {
  readonly status: number;
  /** `GoneException`, `LimitExceededException`, ...; empty when none was named. */
  readonly errorType: string;
  readonly body: string;
}

export type SignedPost = (url: URL, body: string, timeoutMs: number) => Promise<PostReply>;

/** SHA-256 as the signer wants it, on Node's own. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {
    throw new Error('the signer makes a new one each time');
  }
}

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): Buffer =>
  typeof data === 'string'
    ? Buffer.from(data)
    : ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);

const credentials = () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('no keys: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set');
  return Promise.resolve({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  });
};

export const signedPost: SignedPost = async (url, body, timeoutMs) => {
  const region = process.env['AWS_REGION'] ?? '';
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: NodeSha256 });
  const { headers } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    }),
  );
  const signal = AbortSignal.timeout(timeoutMs);
  const reply = await fetch(url, { method: 'POST', headers, body, signal });
  return {
    status: reply.status,
    errorType: (reply.headers.get('x-amzn-errortype') ?? '').split(':')[0] ?? '',
    body: await reply.text(),
  };
};
