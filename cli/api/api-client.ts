/**
 * The operators' HTTP API (contract/http-api.ts), called with Signature Version 4.
 *
 * In: a `Target`. Out: replies checked against the contract's schemas. Every call is idempotent (GET, PUT, PATCH,
 *   DELETE by name), so 429, 5xx and cut connections are tried again, with full jitter, a few times.
 * Fails with CliError: 3 unreachable, not authorized, clock skew, not Berth's API; 2 input refused; 1 otherwise.
 */
import { CliError } from '../cli-error.ts';
import { notBerth, parseJson, refusal, unreachable } from './failures.ts';
import type { Answer } from './failures.ts';
import { sign } from './sign.ts';
import type { Target } from './target.ts';

/** A schema, as far as it is needed here. */
interface Shape<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly message: string } };
}

export interface Call<T> {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the endpoint, from `/v1` on. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: {
    readonly type: 'application/yaml' | 'application/json';
    readonly content: string | Uint8Array;
  };
  readonly reply: Shape<T>;
}

export interface ApiClient {
  readonly target: Target;
  call<T>(call: Call<T>): Promise<T>;
}

export interface ClientTools {
  readonly nowMs: () => number;
  readonly random: () => number;
  sleep(ms: number): Promise<void>;
  whoCalls(target: Target): Promise<string>;
}

/** Retries follow `base * 2^n` with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
export const RETRY = { attempts: 5, baseMs: 200, maxMs: 5000 } as const;
/** API Gateway answers within 30 s or gives up itself. */
const ANSWER_TIMEOUT_MS = 35_000;

export function createApiClient(target: Target, tools: ClientTools): ApiClient {
  return {
    target,
    async call(call) {
      const answer = await answered(target, call, tools);
      if (answer.status >= 400)
        throw await refusal(target, answer, tools.nowMs(), () => tools.whoCalls(target));
      const content = parseJson(answer.text);
      if (content === undefined) throw notBerth(target, answer);
      const reply = call.reply.safeParse(content);
      if (!reply.success)
        throw notBerth(target, answer, `the reply to ${call.method} ${call.path}: ${reply.error.message}`);
      return reply.data;
    },
  };
}

async function answered(target: Target, call: Call<unknown>, tools: ClientTools): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === RETRY.attempts;
    let waitMs = tools.random() * Math.min(RETRY.maxMs, RETRY.baseMs * 2 ** (attempt - 1));
    try {
      const answer = await once(target, call, tools);
      if (isLast || (answer.status !== 429 && answer.status < 500)) return answer;
      waitMs = Math.max(waitMs, retryAfterMs(answer));
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (isLast) throw unreachable(target, error);
    }
    await tools.sleep(waitMs);
  }
}

function retryAfterMs(answer: Answer): number {
  const seconds = Number(answer.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(RETRY.maxMs, seconds * 1000) : 0;
}

async function once(target: Target, call: Call<unknown>, tools: ClientTools): Promise<Answer> {
  const url = urlOf(target.endpoint, call);
  const request = {
    method: call.method,
    url,
    headers: call.body === undefined ? {} : { 'content-type': call.body.type },
    body: call.body?.content,
  };
  const credentials = await target.credentials();
  const scope = { service: 'execute-api', region: target.region, credentials } as const;
  const response = await fetch(url, {
    method: call.method,
    headers: await sign(request, { ...scope, now: new Date(tools.nowMs()) }),
    body: request.body ?? null,
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function urlOf(endpoint: URL, call: Call<unknown>): URL {
  const prefix = endpoint.pathname === '/' ? '' : endpoint.pathname;
  const url = new URL(`${prefix}${call.path}`, endpoint);
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, value);
  return url;
}
