/**
 * What every SDK client of ours has in common: bounded time per attempt and few attempts, so that a pass knows within
 * seconds that a service does not answer. Region, credentials and endpoints come from the standard variables.
 */
const CONNECT_TIMEOUT_MS = 2_000;

/** `attempts` counts the first one too. `adaptive` slows down by itself while a service throttles. */
export const sdkOptions = (options: {
  readonly requestTimeoutMs: number;
  readonly attempts: number;
  readonly retryMode?: 'standard' | 'adaptive';
}) => ({
  maxAttempts: options.attempts,
  retryMode: options.retryMode ?? 'standard',
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs,
    // Without it the handler only warns and waits on.
    throwOnRequestTimeout: true,
  },
});
