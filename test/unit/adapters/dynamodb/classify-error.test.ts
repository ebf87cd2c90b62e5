import { describe, expect, it } from '@jest/globals';
import { classifyError } from '../../../../functions/adapters/dynamodb/table/classify-error.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  ThrottledError,
  UnavailableError,
} from '../../../../functions/usecases/errors.ts';

const thrown = (name: string, more: object = {}, message = name): Error =>
  Object.assign(new Error(message), { name, ...more });
const cancelled = (...codes: (string | undefined)[]): Error =>
  thrown('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });

describe('errors of DynamoDB', () => {
  it.each([
    ['ConditionalCheckFailedException', ConflictError],
    ['TransactionConflictException', ConflictError],
    ['TransactionInProgressException', ConflictError],
    ['ProvisionedThroughputExceededException', ThrottledError],
    ['ThrottlingException', ThrottledError],
    ['RequestLimitExceeded', ThrottledError],
    ['AccessDeniedException', ForbiddenError],
    ['UnrecognizedClientException', ForbiddenError],
  ])('%s', (name, kind) => {
    const error = thrown(name);
    const classified = classifyError(error, 'STACKS/META#shop');
    expect(classified).toBeInstanceOf(kind);
    expect((classified as Error).message).toContain('STACKS/META#shop');
    expect((classified as Error).cause).toBe(error);
  });

  it.each([
    [['None', 'ConditionalCheckFailed'], ConflictError],
    [['TransactionConflict', 'None'], ConflictError],
    [['ThrottlingError', 'ConditionalCheckFailed'], ConflictError],
    [['None', 'ProvisionedThroughputExceeded'], ThrottledError],
  ])('a transaction cancelled by %j', (codes, kind) => {
    expect(classifyError(cancelled(...codes), 'x')).toBeInstanceOf(kind);
  });

  it.each([
    thrown('InternalServerError', { $metadata: { httpStatusCode: 500 } }),
    thrown('UnknownError', { $metadata: { httpStatusCode: 503 } }),
    thrown('TimeoutError', { $metadata: { attempts: 4 } }),
    thrown('Error', { code: 'ECONNREFUSED' }),
  ])('no answer, or one of a server that failed: %s', (error) => {
    const classified = classifyError(error, 'STACKS/META#shop');
    expect(classified).toBeInstanceOf(UnavailableError);
    expect((classified as Error).cause).toBe(error);
  });

  it('an item that is too large is the input of its writer', () => {
    const error = thrown('ValidationException', {}, 'Item size has exceeded the maximum allowed size');
    expect(classifyError(error, 'x')).toBeInstanceOf(InvalidInputError);
  });

  it.each([
    thrown('ValidationException', {}, 'The provided expression refers to nothing'),
    thrown('ResourceNotFoundException'),
    thrown('ResourceInUseException', { $metadata: { httpStatusCode: 400 } }),
    thrown('Error', { code: 'ERR_INVALID_ARG_TYPE' }),
    thrown('TransactionCanceledException'),
    cancelled('ItemCollectionSizeLimitExceeded'),
    'not even an error',
  ])('is thrown on unchanged when unknown: %s', (error) => {
    expect(classifyError(error, 'x')).toBe(error);
  });
});
