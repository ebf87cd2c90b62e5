/** The Route 53 clients of a process: one that asks again by itself, one that never does. */
import { Route53Client } from '@aws-sdk/client-route-53';
import type { Route53ClientConfig } from '@aws-sdk/client-route-53';
import { sdkOptions } from '../sdk-options.ts';

const REQUEST_TIMEOUT_MS = 10_000;

export interface Route53Clients {
  /** Reading. */
  readonly retrying: Route53Client;
  /**
   * Changes. A batch whose answer was lost may have been applied; repeated, its fence would reject it, and our own write
   * would look like somebody else's.
   */
  readonly once: Route53Client;
}

/** `over`: what is not to come from the environment. Nothing makes `once` ask again. */
export const route53Clients = (over: Route53ClientConfig = {}): Route53Clients => ({
  retrying: new Route53Client({
    ...sdkOptions({ requestTimeoutMs: REQUEST_TIMEOUT_MS, attempts: 4, retryMode: 'adaptive' }),
    ...over,
  }),
  once: new Route53Client({
    ...sdkOptions({ requestTimeoutMs: REQUEST_TIMEOUT_MS, attempts: 1 }),
    ...over,
    maxAttempts: 1,
  }),
});
