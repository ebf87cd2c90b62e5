/** Calls the deployed API as the account's root, for the settings that the local cloud gives its cluster. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ROOT_KEYS } from './emulator/account.ts';

/** As long as API Gateway waits for an integration. */
const TIMEOUT_MS = 30_000;

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Resolves with the reply's body. @throws Error for any status but 2xx, with what the API said. */
export async function signedFetch(region: string, { method, url, body }: SignedRequest): Promise<string> {
  const { hostname, host, pathname, searchParams } = new URL(url);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials: ROOT_KEYS, sha256: Sha256 });
  const request = await signer.sign(
    new HttpRequest({
      method,
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...(text !== undefined && { 'content-type': 'application/json' }) },
      body: text,
    }),
  );
  const reply = await fetch(url, {
    method,
    headers: request.headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(text !== undefined && { body: text }),
  });
  const said = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${url} answered ${String(reply.status)}: ${said.slice(0, 500)}`);
  return said;
}
