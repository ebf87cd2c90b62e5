/**
 * Calls the deployed API as the account's root, for the settings that the local cloud gives its cluster.
 *
 * What API Gateway answers for a function that it could not have in time (on a machine whose processors are all taken) is
 * asked again, as `berth` does: every call is idempotent. What the API itself says is final.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ROOT_KEYS } from './emulator/account.ts';

/** As long as API Gateway waits for an integration. */
const TIMEOUT_MS = 30_000;

/** Of API Gateway itself: throttled; no answer, none in time or a broken one of the function. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const ATTEMPTS = 8;
const AGAIN_AFTER_MS = 500;

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the body is said to be; JSON unless given. */
  readonly type?: string;
  /** Of one attempt; as long as API Gateway waits unless given. */
  readonly timeoutMs?: number;
  /** How often it is asked before a busy gateway is an error; 8 times unless given. */
  readonly attempts?: number;
}

/** Resolves with the reply's body. @throws Error for any status but 2xx, with what the API said. */
export async function signedFetch(region: string, request: SignedRequest): Promise<string> {
  const { attempts = ATTEMPTS } = request;
  for (let attempt = 1; ; attempt++) {
    const reply = await once(region, request);
    if (reply.ok) return reply.said;
    if (attempt === attempts || !BUSY.has(reply.status)) throw new Error(failure(request, reply, attempt));
    await sleep(AGAIN_AFTER_MS * attempt);
  }
}

interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly said: string;
}

function failure({ method, url }: SignedRequest, { status, said }: Reply, attempt: number): string {
  const times = attempt === 1 ? '' : `, ${attempt} times asked`;
  return `${method} ${url} answered ${String(status)}${times}: ${said.slice(0, 500)}`;
}

async function once(
  region: string,
  { method, url, body, type = 'application/json', timeoutMs = TIMEOUT_MS }: SignedRequest,
): Promise<Reply> {
  const { hostname, host, pathname, searchParams } = new URL(url);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials: ROOT_KEYS, sha256: Sha256 });
  const request = await signer.sign(
    new HttpRequest({
      method,
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...(text !== undefined && { 'content-type': type }) },
      body: text,
    }),
  );
  try {
    const reply = await fetch(url, {
      method,
      headers: request.headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(text !== undefined && { body: text }),
    });
    return { ok: reply.ok, status: reply.status, said: await reply.text() };
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError') throw error;
    return { ok: false, status: 504, said: `no answer within ${String(timeoutMs / 1000)} s` };
  }
}
