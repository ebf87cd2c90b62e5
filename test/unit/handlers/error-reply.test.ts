import { describe, expect, it } from '@jest/globals';
import { errorReply as contract } from '../../../contract/http-api.ts';
import { errorReply, RequestError } from '../../../functions/handlers/shared/error-reply.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  ThrottledError,
  UnavailableError,
} from '../../../functions/usecases/errors.ts';

const PROBLEM = { path: 'services.web', message: 'no image', remedy: 'name one' };

describe('an error becomes an answer', () => {
  it.each([
    [new RequestError(415, 'unsupported-media-type', 'not that', [PROBLEM]), 415, 'unsupported-media-type'],
    [new InvalidInputError('too many', [PROBLEM]), 400, 'invalid-document'],
    [new NotFoundError('no stack shop'), 404, 'not-found'],
    [new ForbiddenError('not yours'), 403, 'forbidden'],
    [new ConflictError('changed meanwhile'), 409, 'conflict'],
    [new ThrottledError('slow down'), 503, 'busy'],
    [new UnavailableError('no answer'), 503, 'busy'],
    [new DOMException('[AbortError]: The operation was aborted.', 'TimeoutError'), 503, 'busy'],
    [new TypeError('x is undefined'), 500, 'internal'],
  ])('%s', (error, status, code) => {
    const reply = errorReply(error, 'request-1');
    expect(reply.status).toBe(status);
    const { error: told } = contract.parse(reply.body);
    expect([told.code, told.requestId]).toEqual([code, 'request-1']);
    expect(told.problems).toEqual('problems' in error ? error.problems : []);
  });

  it('asks to try again what may work the next time', () => {
    const retryAfter = (error: Error) => errorReply(error, 'r').headers?.['retry-after'];
    expect(retryAfter(new ConflictError('changed'))).toBe('1');
    expect(retryAfter(new ThrottledError('slow'))).toBe('1');
    expect(retryAfter(new UnavailableError('no answer'))).toBe('1');
    expect(retryAfter(new ForbiddenError('no'))).toBeUndefined();
    expect(errorReply(new ConflictError('changed'), 'r').body).toMatchObject({
      error: { message: 'changed; try again' },
    });
  });

  it('tells nobody outside what went wrong inside, but where to look', () => {
    const text = JSON.stringify(errorReply(new Error('table berth-1 has no key pk'), 'request-9'));
    expect(text).not.toContain('berth-1');
    expect(text).toContain('request-9');
  });
});
