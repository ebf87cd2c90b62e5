/** Turns what came back, or did not, into one sentence and its remedy. */
import type { ErrorReply } from '../../contract/http-api.ts';
import { errorReply } from '../../contract/http-api.ts';
import { CliError, noAccess } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Target } from './target.ts';

/** SigV4 allows the clocks of caller and AWS to be five minutes apart (IAM User Guide, "Signing AWS requests"). */
export const SKEW_MAX_MS = 300_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name could not be looked up now',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  UND_ERR_SOCKET: 'the connection was cut',
};

/** The HTTP client failed before there was an answer. */
export function unreachable(target: Target, error: unknown): CliError {
  const cause = innermost(error);
  const why =
    cause.name === 'TimeoutError'
      ? 'no answer in time'
      : (CONNECTION[cause.code ?? ''] ?? cause.message ?? String(error));
  return noAccess(
    'unreachable',
    `${target.endpoint.href} does not answer: ${why}`,
    target.source === 'local-file'
      ? `the local cloud of ${target.foundIn} does not run: start it with \`npm start\``
      : `the endpoint comes from ${target.foundIn}: check it, the network and a proxy's settings`,
  );
}

interface Failure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** fetch wraps what happened; a connect that tried two addresses wraps once more, its first error tells it. */
function innermost(error: unknown): Failure {
  let at = error as Failure;
  for (;;) {
    const next = at.errors?.[0] ?? at.cause;
    if (next === null || typeof next !== 'object') return at;
    at = next;
  }
}

/** `caller` tells who signed, asked for only when it is told to somebody. */
export async function refusal(
  target: Target,
  answer: Answer,
  nowMs: number,
  caller: () => Promise<string>,
): Promise<CliError> {
  const reply = parseError(answer.text);
  if (answer.status === 401 || answer.status === 403) {
    const said = reply?.error.message ?? messageOf(answer.text);
    return skewed(answer, nowMs, said) ?? forbidden(target, said, await caller());
  }
  if (reply !== null) return spoken(reply);
  if (answer.status === 413)
    return new CliError('the document is larger than the HTTP API takes', {
      exitCode: EXIT.badInput,
      code: 'body-too-large',
      remedies: ['a document may have at most 1 MB: split the stack'],
    });
  return notBerth(target, answer);
}

function forbidden(target: Target, said: string, caller: string): CliError {
  return noAccess(
    'forbidden',
    `${caller} may not call ${target.endpoint.href}${said === '' ? '' : ` ("${said}")`}`,
    target.source === 'local-file'
      ? 'the local cloud knows only its own account: unset AWS_PROFILE and AWS_ACCESS_KEY_ID, or set AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test'
      : `allow execute-api:Invoke on this API for it, or use other credentials (AWS_PROFILE); region of the signature: ${target.region}`,
  );
}

function skewed(answer: Answer, nowMs: number, said: string): CliError | null {
  const theirs = Date.parse(answer.headers.get('date') ?? '');
  const skewMs = Number.isNaN(theirs) ? 0 : nowMs - theirs;
  if (Math.abs(skewMs) <= SKEW_MAX_MS && !/expired|not yet current/i.test(said)) return null;
  if (/security token/i.test(said))
    return noAccess(
      'expired-credentials',
      'the AWS credentials have expired',
      'log in again, e.g. `aws sso login`',
    );
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return noAccess(
    'clock-skew',
    `this machine's clock is ${String(minutes)} minutes ${skewMs > 0 ? 'ahead of' : 'behind'} the endpoint's, so the signature is refused`,
    'set the clock (for example `timedatectl set-ntp true`), then try again',
  );
}

function spoken({ error }: ErrorReply): CliError {
  const isInput = /^(?:invalid-|body-too-large|unsupported-)/.test(error.code);
  return new CliError(error.message, {
    exitCode: isInput ? EXIT.badInput : EXIT.failed,
    code: error.code,
    problems: error.problems,
    remedies:
      error.code === 'internal'
        ? [`look for request ${error.requestId ?? '?'} in the log of the api function`]
        : [],
  });
}

/** An answer that no part of Berth gives: a proxy's page, another service, another version. */
export function notBerth(target: Target, answer: Answer, why?: string): CliError {
  const type = answer.headers.get('content-type') ?? 'no content type';
  const start = answer.text.replace(/\s+/g, ' ').trim().slice(0, 120);
  const seen = why ?? (start === '' ? 'an empty body' : `"${start}"`);
  return noAccess(
    'not-berth',
    `${target.endpoint.href} answered with status ${String(answer.status)} (${type}), but not as Berth's API: ${seen}`,
    answer.status >= 500
      ? 'the control plane is in trouble or being deployed: try again, and look into the log of the api function'
      : `the endpoint comes from ${target.foundIn}: is it the right one, and is the CLI of the same version?`,
  );
}

function parseError(text: string): ErrorReply | null {
  const parsed = errorReply.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** API Gateway's own refusals: `{"message": "Forbidden"}`, `{"Message": "User: arn:... is not authorized ..."}`. */
function messageOf(text: string): string {
  const content = parseJson(text);
  if (content === null || typeof content !== 'object') return '';
  const { message, Message } = content as Record<string, unknown>;
  return [message, Message].find((value) => typeof value === 'string') ?? '';
}

/** The content, or undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
