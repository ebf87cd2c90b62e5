/** What the actions share: the state of this EC2 and what it was given. */
import type { CreateFleetResult } from '@aws-sdk/client-ec2';
import type { Catalog } from './catalog.ts';
import type { PendingFaults } from './faults.ts';
import type { Instance, InstanceState } from './instance.ts';
import type { TIMINGS } from './limits.ts';
import type { PermissionCheck } from './checks/policy.ts';
import type { Random } from './parts/random.ts';
import type { TokenBucket } from './parts/token-bucket.ts';

/** The pool that private addresses come from. */
export interface AddressPool {
  /** A free address, or undefined when there is none. */
  take(): string | undefined;
  release(address: string): void;
}

/** Milliseconds; see TIMINGS. */
export type Timings = { -readonly [Name in keyof typeof TIMINGS]: number };

/** What RunInstances remembers of a client token. */
export interface TokenRecord {
  /** The parameters, written down the same way each time. */
  readonly parameters: string;
  readonly reservationId: string;
  readonly instanceIds: readonly string[];
  /** When the last of its instances was terminated; undefined while one lives. */
  terminatedAtMs: number | undefined;
}

/** What CreateFleet remembers of a client token: the whole answer. */
export interface FleetRecord {
  readonly parameters: string;
  readonly answer: CreateFleetResult;
  readonly atMs: number;
}

/** An instance came into a state. */
export interface StateChange {
  readonly instance: Instance;
  readonly state: InstanceState;
  readonly atMs: number;
}

export interface World {
  readonly account: string;
  readonly region: string;
  readonly vcpuLimit: number;
  readonly timings: Timings;
  readonly addresses: AddressPool;
  readonly random: Random;
  readonly faults: PendingFaults;
  /** By id, in the order of their launch. */
  readonly instances: Map<string, Instance>;
  /** By zone and token. */
  readonly tokens: Map<string, TokenRecord>;
  /** By token: of fleets it counts in all zones. */
  readonly fleets: Map<string, FleetRecord>;
  readonly resourceBuckets: Readonly<Record<'RunInstances' | 'TerminateInstances', TokenBucket>>;
  /** How many instances there ever were. */
  launched: number;
  /** Tells everybody who listens. */
  publish(change: StateChange): void;
}

/** One call, as an action sees it. */
export interface Call {
  readonly nowMs: number;
  readonly catalog: Catalog;
  /** Throws UnauthorizedOperation unless the caller may do all of it, and notes what was used. */
  authorize(checks: readonly PermissionCheck[]): void;
}

/** The keys of every EC2 check. */
export function commonContext(world: World): Readonly<Record<string, string>> {
  return { 'aws:requestedregion': world.region, 'ec2:region': world.region };
}

export const arnOf = (world: World, kind: string, id: string) =>
  `arn:aws:ec2:${world.region}:${kind === 'image' ? '' : world.account}:${kind}/${id}`;

/** `ec2:ResourceTag/KEY` and `aws:ResourceTag/KEY`. */
export function tagContext(prefixes: readonly string[], tags: Iterable<readonly [string, string]>) {
  return Object.fromEntries(
    [...tags].flatMap(([key, value]) => prefixes.map((prefix) => [`${prefix}/${key}`.toLowerCase(), value])),
  );
}
