/** What the cloud says of a host's instance, in our words. */
import type { HostId } from './ids.ts';
import type { Offering } from './offering.ts';

/** Why one offering of a batch was not launched. It is certain that it was not. */
export type LaunchFailure =
  | {
      readonly kind: 'no-capacity' | 'refused' | 'failed';
      readonly offering: Offering;
      readonly message: string;
    }
  /** A limit of the account; `quota` names it. */
  | {
      readonly kind: 'account-limit';
      readonly offering: Offering;
      readonly message: string;
      readonly quota: string;
    };

export interface LaunchedInstance {
  readonly instanceId: string;
  readonly offering: Offering;
}

/** What came of launching a batch. */
export type LaunchOutcome =
  /** The batch's whole answer: what is not among the instances was not launched, and never will be for this token. */
  | {
      readonly kind: 'answered';
      readonly instances: readonly LaunchedInstance[];
      readonly failures: readonly LaunchFailure[];
    }
  /** Nothing was launched, for want of capacity. */
  | { readonly kind: 'no-capacity'; readonly message: string }
  /** A limit of the account; `quota` names it. What an earlier call launched is there all the same. */
  | { readonly kind: 'account-limit'; readonly message: string; readonly quota: string }
  /** The token was used with other parameters: a new token is needed. */
  | { readonly kind: 'token-spent'; readonly message: string }
  /** Refused for good until somebody mends it: permission, template, parameters. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Throttled or no answer: it may have happened. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface InstanceView {
  readonly instanceId: string;
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** From the tag `berth:host`, which the instance gets when a row has claimed it. */
  readonly host: HostId | null;
  /** From the tag `berth:intent`, which it has from its launch on. */
  readonly batch: string | null;
  readonly instanceType: string;
  /** Empty once it is terminated. */
  readonly subnetId: string;
  readonly zone: string;
  readonly address: string | null;
  readonly launchedAtMs: number;
}

export const isAlive = (instance: InstanceView): boolean =>
  instance.state !== 'terminated' && instance.state !== 'shutting-down';
