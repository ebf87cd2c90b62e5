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
    throw new RequestError(
      400,
      'invalid-request',
      `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue): Problem => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  throw new RequestError(400, 'invalid-request', 'the body does not fit; see /v1/openapi.json', problems);
}
