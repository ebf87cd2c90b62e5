/** Domain errors become HTTP answers here and nowhere else. Every refusal says what, where and how to mend it. */
import type { ErrorCode, ErrorReply, Problem } from '../../../contract/http-api.ts';
import type { HttpReply } from '../../platform/middy/http.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  ThrottledError,
  UnavailableError,
} from '../../usecases/errors.ts';

/** A request refused at the edge, before any use-case. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(status: number, code: ErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

export function errorReply(error: Error, requestId: string): HttpReply {
  if (error instanceof RequestError) return reply(error.status, error.code, error.message, error.problems);
  if (error instanceof InvalidInputError)
    return reply(400, 'invalid-document', error.message, error.problems);
  if (error instanceof NotFoundError) return reply(404, 'not-found', error.message);
  if (error instanceof ForbiddenError) return reply(403, 'forbidden', error.message);
  if (error instanceof ConflictError) return reply(409, 'conflict', `${error.message}; try again`);
  if (error instanceof ThrottledError)
    return reply(503, 'busy', 'AWS is throttling this account; try again in a moment');
  if (error instanceof UnavailableError)
    return reply(
      503,
      'busy',
      'a service of AWS does not answer Berth; nothing is lost: try again in a moment',
    );
  // Of middy, shortly before Lambda would end the invocation: as when services answer late. Every request may be repeated.
  if (error.name === 'TimeoutError')
    return reply(
      503,
      'busy',
      'the request was not done in its time; what is missing is made up when you try again',
    );
  const text = `something is wrong in Berth itself; the log of this request (${requestId}) tells what`;
  return reply(500, 'internal', text);

  function reply(
    status: number,
    code: ErrorCode,
    message: string,
    problems: readonly Problem[] = [],
  ): HttpReply {
    const body: ErrorReply = { error: { code, message, problems: [...problems], requestId } };
    return { status, body, ...(status === 503 || status === 409 ? { headers: { 'retry-after': '1' } } : {}) };
  }
}
