/**
 * Route 53's errors in the words of the port. `rejected` means that nothing of the batch was applied: the fence or an
 * exact-match DELETE did not hold, or a record is not valid. An error that is in neither table is thrown on: the batch may
 * have been applied, and only the zone itself can tell.
 */
import { ForbiddenError, NotFoundError, ThrottledError } from '../../usecases/errors.ts';
import type { ApplyOutcome } from '../../usecases/ports.ts';
import { isRefusal, isThrottle, sdkError } from '../sdk-error.ts';

/**
 * In the only message of a batch that would bring the zone over its quota of record sets, as in
 * https://github.com/DNSControl/dnscontrol/issues/908.
 */
const ZONE_FULL = 'MAX_RRSETS_BY_ZONE';

/** `PriorRequestNotComplete`: an earlier change of the zone is still being taken in; the same batch works later. */
const isBusy = (code: string): boolean => isThrottle(code) || code === 'PriorRequestNotComplete';

export const classifyApplyError = (thrown: unknown): Exclude<ApplyOutcome, { kind: 'accepted' }> => {
  const { code, message } = sdkError(thrown);
  if (code === 'InvalidChangeBatch' || code === 'InvalidInput') {
    const problems = problemsOf(thrown, message);
    const isFull = problems.every((one) => one.includes(ZONE_FULL));
    return { kind: isFull ? 'full' : 'rejected', message: problems.join('; ') };
  }
  if (isBusy(code)) return { kind: 'throttled', message: `${code}: ${message}` };
  throw classifyError(thrown);
};

/** Route 53 lists what is wrong apart from the message, or only in it. */
const problemsOf = (thrown: unknown, message: string): readonly string[] => {
  const messages: unknown =
    typeof thrown === 'object' && thrown !== null && 'messages' in thrown ? thrown.messages : undefined;
  return Array.isArray(messages) && messages.length > 0 ? messages.map(String) : [message];
};

export const classifyError = (thrown: unknown): unknown => {
  const { code, message } = sdkError(thrown);
  const options = { cause: thrown };
  if (isBusy(code)) return new ThrottledError(`Route 53 throttles (${code})`, options);
  if (isRefusal(code)) return new ForbiddenError(`Route 53 refuses: ${message}`, options);
  if (code === 'NoSuchChange' || code === 'NoSuchHostedZone')
    return new NotFoundError(`${code}: ${message}`, options);
  return thrown;
};
