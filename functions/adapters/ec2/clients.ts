/** The EC2 clients of a process: one that asks again by itself, one that never does. */
import { EC2Client } from '@aws-sdk/client-ec2';
import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import { sdkOptions } from '../sdk-options.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** All that is needed of a client; the strict model of tests has it too. */
export type Ec2Sender = Pick<EC2Client, 'send'>;

export interface Ec2Clients {
  /** Describe and terminate: repeating them is harmless; slows down by itself while EC2 throttles. */
  readonly retrying: Ec2Sender;
  /**
   * CreateFleet. The provision loop repeats a launch with the same token after it has looked for the instance; repeats by
   * the SDK would use up the pass and the account's request bucket, and hide what happened.
   */
  readonly once: Ec2Sender;
}

/** `over`: what is not to come from the environment. Nothing makes `once` ask again. */
export const ec2Clients = (over: EC2ClientConfig = {}): Ec2Clients => ({
  retrying: new EC2Client({
    ...sdkOptions({ requestTimeoutMs: REQUEST_TIMEOUT_MS, attempts: 4, retryMode: 'adaptive' }),
    ...over,
  }),
  once: new EC2Client({
    ...sdkOptions({ requestTimeoutMs: REQUEST_TIMEOUT_MS, attempts: 1 }),
    ...over,
    maxAttempts: 1,
  }),
});
