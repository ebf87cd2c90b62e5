/** JSON bodies against their schema; every issue becomes a problem with its path. */
import type * as z from 'zod';
import { BODY_MAX_BYTES, type Problem } from '../../../contract/http-api.ts';
import { firstProblems, pathOf } from '../../../contract/problems.ts';
import { RequestError } from './error-reply.ts';
import { faultInJson } from './json-text.ts';

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
  const parsed = schema.safeParse(readJson(body));
  if (parsed.success) return parsed.data;
  throw unfit(parsed.error.issues.flatMap((issue) => problemsOf(issue)));
}

const unfit = (problems: readonly Problem[]): RequestError =>
  new RequestError(
    400,
    'invalid-request',
    'the body does not fit; see /v1/openapi.json',
    firstProblems(problems),
  );

function readJson(body: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const fault = faultInJson(text);
    if (fault) throw unfit([fault]);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof RequestError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new RequestError(400, 'invalid-request', `the body is not JSON: ${message}`, [
      { path: '', message, remedy: 'send one JSON document in UTF-8' },
    ]);
  }
}

/** One issue may be about several keys: each is a problem at its own path. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        message: 'there is no such property',
        remedy: 'remove it; /v1/openapi.json lists those that there are',
      }));
    case 'invalid_key':
      return issue.issues.flatMap((inner) => problemsOf({ ...inner, path: issue.path }));
    case 'custom':
      return [{ path, message: issue.message, remedy: String(issue.params?.['remedy'] ?? REMEDY) }];
    default:
      return [{ path, message: issue.message, remedy: REMEDY }];
  }
}
const REMEDY = 'write it as /v1/openapi.json says';
