import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from './target.ts';

export interface Unsigned {
  readonly method: string;
  /** The full URL as it goes over the wire: its path is signed as it stands, a prefix such as `/_aws/...` included. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface SigningScope {
  readonly service: 'execute-api' | 'sts' | 'cloudformation';
  readonly region: string;
  readonly credentials: Credentials;
  readonly now: Date;
}

/** Headers to send, Signature Version 4 among them. `host` is signed and set by the HTTP client itself. */
export async function sign(request: Unsigned, scope: SigningScope): Promise<Record<string, string>> {
  const { url } = request;
  const signer = new SignatureV4({ ...scope, sha256: Sha256 });
  const signed = await signer.sign(
    new HttpRequest({
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...request.headers, host: url.host },
      body: request.body,
    }),
    { signingDate: scope.now },
  );
  return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== 'host'));
}
