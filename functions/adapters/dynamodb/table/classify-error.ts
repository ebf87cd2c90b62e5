/**
 * DynamoDB's errors in the words of the ports; what is not in this table is thrown on unchanged.
 *
 * A write whose answer was lost is retried by the SDK and may then meet its own result: that shows as a ConflictError, and
 * the caller, who reads again, finds its work done.
 */
import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  ThrottledError,
  UnavailableError,
} from '../../../usecases/errors.ts';
import { isRefusal, isThrottle, isUnavailable, sdkError } from '../../sdk-error.ts';

/** `ConditionalCheckFailed`: somebody wrote in between. `TransactionConflict`: somebody is writing right now. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailedException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);
const CONFLICT_REASONS: ReadonlySet<string> = new Set(['ConditionalCheckFailed', 'TransactionConflict']);
const THROTTLE_REASONS: ReadonlySet<string> = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

export const classifyError = (thrown: unknown, what: string): unknown => {
  const { code, message } = sdkError(thrown);
  const options = { cause: thrown };
  if (CONFLICTS.has(code)) return withCause(new ConflictError(`${what}: changed meanwhile`), options);
  if (isThrottle(code))
    return withCause(new ThrottledError(`${what}: DynamoDB throttles (${code})`), options);
  if (code === 'TransactionCanceledException') return classifyCancelled(thrown, what);
  if (code === 'ValidationException' && /item size/i.test(message))
    return withCause(new InvalidInputError(`${what}: larger than an item may be (400 KB)`), options);
  if (isRefusal(code)) return withCause(new ForbiddenError(`${what}: ${message}`), options);
  if (isUnavailable(thrown))
    return withCause(new UnavailableError(`${what}: DynamoDB does not answer (${code})`), options);
  return thrown;
};

/** A cancelled transaction says per item why; a conflict of any of them is the reason. */
const classifyCancelled = (thrown: unknown, what: string): unknown => {
  const reasons = cancellationCodes(thrown);
  const options = { cause: thrown };
  if (reasons.some((code) => CONFLICT_REASONS.has(code)))
    return withCause(new ConflictError(`${what}: changed meanwhile`), options);
  if (reasons.some((code) => THROTTLE_REASONS.has(code)))
    return withCause(new ThrottledError(`${what}: DynamoDB throttles`), options);
  return thrown;
};

const cancellationCodes = (thrown: unknown): readonly string[] => {
  const reasons: unknown =
    typeof thrown === 'object' && thrown !== null && 'CancellationReasons' in thrown
      ? thrown.CancellationReasons
      : undefined;
  if (!Array.isArray(reasons)) return [];
  return reasons.map((reason: { readonly Code?: string } | null) => reason?.Code ?? '');
};

const withCause = <Kind extends Error>(error: Kind, { cause }: { cause: unknown }): Kind =>
  Object.assign(error, { cause });
