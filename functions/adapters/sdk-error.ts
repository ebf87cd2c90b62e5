/** Reads an error of any SDK client without trusting its class: bundles may hold two copies of one. */
export interface SdkError {
  readonly code: string;
  readonly message: string;
  /** Absent when no answer came: timeout, connection reset. */
  readonly status: number | undefined;
}

export const sdkError = (thrown: unknown): SdkError => {
  if (!(thrown instanceof Error)) return { code: 'Unknown', message: String(thrown), status: undefined };
  const metadata: unknown = '$metadata' in thrown ? thrown.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return {
    code: thrown.name,
    message: thrown.message,
    status: typeof status === 'number' ? status : undefined,
  };
};

/** Codes by which AWS services say "too fast"; every service uses some of them. */
const THROTTLES: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'SlowDown',
]);
export const isThrottle = (code: string): boolean => THROTTLES.has(code);

const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'AuthFailure',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
]);
/** Our role may not do it: nothing heals that but somebody who changes the role. */
export const isRefusal = (code: string): boolean => REFUSALS.has(code);

/** What Node says of a peer that cannot be reached; most of what happens on an open connection the SDK calls `TimeoutError`. */
const UNREACHED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** The service did not answer in time, or answered that it failed itself (5xx), in the last attempt too. */
export const isUnavailable = (thrown: unknown): boolean => {
  const { code, status } = sdkError(thrown);
  if (status !== undefined) return status >= 500;
  if (code === 'TimeoutError') return true;
  return thrown instanceof Error && 'code' in thrown && UNREACHED.has(thrown.code);
};
