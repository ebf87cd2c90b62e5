/** What the cloud says of a host's instance, in our words. */
import type { HostId } from './ids.ts';

export type LaunchOutcome =
  | {
      readonly kind: 'launched';
      readonly instanceId: string;
      readonly zone: string;
      readonly address: string | null;
    }
  /** The offering has no capacity now. */
  | { readonly kind: 'no-capacity'; readonly message: string }
  /** A limit of the account; `quota` names it. */
  | { readonly kind: 'account-limit'; readonly message: string; readonly quota: string }
  /** The token's instance is dead, or was used with other parameters: a new token is needed. */
  | { readonly kind: 'token-spent'; readonly message: string }
  /** Refused for good until somebody mends it: permission, template, parameters. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Throttled or no answer: it may have happened. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface InstanceView {
  readonly instanceId: string;
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** From the tag `berth:host`. */
  readonly host: HostId | null;
  readonly clientToken: string | null;
  readonly zone: string;
  readonly address: string | null;
  readonly launchedAtMs: number;
}

export const isAlive = (instance: InstanceView): boolean =>
  instance.state !== 'terminated' && instance.state !== 'shutting-down';
