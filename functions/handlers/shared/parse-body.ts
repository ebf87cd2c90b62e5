/** JSON bodies against their schema; every issue becomes a problem with its path. */
import type * as z from 'zod';
import { BODY_MAX_BYTES, type Problem } from '../../../contract/http-api.ts';
import { RequestError } from './error-reply.ts';

export function checkSize(body: Buffer): void {
  if (body.length <= BODY_MAX_BYTES) return;
  throw new RequestError(
    413,
    'body-too-large',
    `the body has ${body.length} bytes; at most ${BODY_MAX_BYTES} are taken`,
    [{ path: '', message: 'too large', remedy: 'move long values out of the file, or split the stack' }],
  );
}

export function parseJson<Body>(body: Buffer, schema: z.ZodType<Body>): Body {
  checkSize(body);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RequestError(400, 'invalid-request', `the body is not JSON: ${message}`, [
      { path: '', message, remedy: 'send one JSON document in UTF-8' },
    ]);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(problemsOf);
  throw new RequestError(400, 'invalid-request', 'the body does not fit; see /v1/openapi.json', problems);
}

/** One issue may be about several keys: each is a problem at its own path. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      message: 'there is no such property',
      remedy: 'remove it; /v1/openapi.json lists those that there are',
    }));
  const remedy = 'write it as /v1/openapi.json says';
  return [{ path: pathOf(issue.path), message: issue.message, remedy }];
}

/** `services.web.ports[0].name` */
const pathOf = (steps: readonly PropertyKey[]): string =>
  steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return path === '' ? String(step) : `${path}.${String(step)}`;
  }, '');
