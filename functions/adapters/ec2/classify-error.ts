/**
 * EC2's error codes in Berth's words (EC2 API reference, "Error codes"). The question at a launch is what may be done next:
 *
 *     no-capacity    another offering, or later
 *     account-limit  nothing until the quota is raised or something else ends
 *     token-spent    the same again with a new token
 *     refused        nothing until somebody mends permission, template or parameters
 *     unknown        look for the instance first: it may exist. Everything that is not in this table is unknown.
 */
import type { LaunchOutcome } from '../../core/model/instance.ts';
import { ForbiddenError, NotFoundError, ThrottledError } from '../../usecases/errors.ts';
import { isRefusal, isThrottle, sdkError } from '../sdk-error.ts';
import { onDemandQuota, SPOT_STANDARD_QUOTA } from './quotas.ts';

type Refusal = Exclude<LaunchOutcome, { readonly kind: 'answered' }>;
type Kind = Refusal['kind'];

const LAUNCH_KINDS: Readonly<Record<string, Kind>> = {
  InsufficientInstanceCapacity: 'no-capacity',
  InsufficientHostCapacity: 'no-capacity',
  InsufficientReservedInstanceCapacity: 'no-capacity',
  InsufficientCapacity: 'no-capacity',
  UnfulfillableCapacity: 'no-capacity',
  SpotMaxPriceTooLow: 'no-capacity',
  // The subnet has no address left: as if its zone had no capacity.
  InsufficientFreeAddressesInSubnet: 'no-capacity',

  VcpuLimitExceeded: 'account-limit',
  InstanceLimitExceeded: 'account-limit',
  MaxSpotInstanceCountExceeded: 'account-limit',
  VolumeLimitExceeded: 'account-limit',

  IdempotentParameterMismatch: 'token-spent',
  IdempotentInstanceTerminated: 'token-spent',

  PendingVerification: 'refused',
  OptInRequired: 'refused',
  Blocked: 'refused',
  OperationNotPermitted: 'refused',
  UnsupportedOperation: 'refused',
  UnknownParameter: 'refused',
  VPCIdNotSpecified: 'refused',
};

/** A refusal by policy carries kilobytes of encoded detail, of no use to who reads the reason. */
const MESSAGE_MAX = 400;

/** `InvalidParameterValue`, `InvalidSubnetID.NotFound`, `InvalidLaunchTemplateId.Malformed`, `MissingParameter` ... */
const REFUSED_FAMILY = /^(?:Invalid|Malformed|Missing)/;

export const classifyLaunchError = (thrown: unknown, instanceType: string): Refusal => {
  const { code, message } = sdkError(thrown);
  const kind = launchKind(code, message);
  const told = `${code}: ${message}`.slice(0, MESSAGE_MAX);
  return kind === 'account-limit'
    ? { kind, message: told, quota: quotaOf(code, instanceType) }
    : { kind, message: told };
};

const launchKind = (code: string, message: string): Kind => {
  // "... is not supported in your requested Availability Zone" is about the zone, every other one about the request.
  if (code === 'Unsupported') return /availability zone/i.test(message) ? 'no-capacity' : 'refused';
  const known = Object.hasOwn(LAUNCH_KINDS, code) ? LAUNCH_KINDS[code] : undefined;
  if (known) return known;
  if (isThrottle(code)) return 'unknown';
  return isRefusal(code) || REFUSED_FAMILY.test(code) ? 'refused' : 'unknown';
};

const quotaOf = (code: string, instanceType: string): string => {
  if (code === 'MaxSpotInstanceCountExceeded') return SPOT_STANDARD_QUOTA;
  return code === 'VolumeLimitExceeded' ? code : onDemandQuota(instanceType);
};

/** Errors of every other call: what the ports know, else unchanged. */
export const classifyError = (thrown: unknown): unknown => {
  const { code, message } = sdkError(thrown);
  const options = { cause: thrown };
  if (isThrottle(code)) return new ThrottledError(`EC2 throttles (${code})`, options);
  if (isRefusal(code)) return new ForbiddenError(`EC2 refuses: ${message}`, options);
  if (isNotFound(code)) return new NotFoundError(`${code}: ${message}`, options);
  return thrown;
};

export const isNotFound = (code: string): boolean => code.endsWith('.NotFound');
