/**
 * The rows that precede a launch: one for each host of a batch, all with the same frozen parameters. The batch's client
 * token is a function of them: repeated, it is the same request; a batch with others is another batch.
 */
import { hash32, token } from '../random.ts';
import type { Capacity, Host, LaunchParameters } from '../model/host.ts';
import { hostId, type HostId } from '../model/ids.ts';
import type { Architecture } from '../model/cluster.ts';
import type { Offering } from '../model/offering.ts';

/** Hosts that one call launches. */
export interface HostBatch {
  readonly pool: string;
  /** The pool's. Absent: it names none. */
  readonly securityGroups?: string | undefined;
  readonly architecture: Architecture;
  readonly instanceType: string;
  readonly count: number;
  /** Expected of each host. */
  readonly capacity: Capacity;
  /** In the order in which they are tried; never empty. */
  readonly offerings: readonly Offering[];
  /** What they are for, and why this type. */
  readonly reason: string;
  /** The outdated host that the one host of this batch replaces. */
  readonly replaces: HostId | null;
}

export interface LaunchTemplate {
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: string;
}

export function writeIntents(
  batch: HostBatch,
  template: LaunchTemplate,
  at: { readonly nowMs: number; readonly seed: string },
): readonly Host[] {
  const { instanceType, architecture, offerings, count } = batch;
  const id = `b-${token(`${at.seed}/batch`, 12)}`;
  const frozen = { ...template, instanceType, architecture, size: count, offerings };
  const launch: LaunchParameters = {
    ...frozen,
    subnetId: offerings[0]?.subnetId ?? '',
    batch: id,
    clientToken: tokenFor(id, JSON.stringify(frozen)),
  };
  return Array.from({ length: count }, (_, index) => ({
    id: hostId(`h-${token(`${at.seed}/${index}`, 10)}`),
    state: 'requested' as const,
    reason: batch.reason,
    launch,
    attempt: 1,
    requestedAtMs: at.nowMs,
    retryAtMs: at.nowMs,
    instanceId: null,
    launchedAtMs: null,
    address: null,
    zone: null,
    capacity: batch.capacity,
    registeredAtMs: null,
    bootId: null,
    agentVersion: null,
    neighbours: [],
    silence: null,
    drain: null,
    drainChange: null,
    pool: batch.pool,
    surplusSinceMs: null,
    replaces: batch.replaces,
    version: 0,
  }));
}

/** EC2 takes up to 64 ASCII characters. The batch's id is in it, so that a person can match the two. */
const tokenFor = (batch: string, parameters: string): string =>
  `berth-${batch}-${hash32(parameters).toString(16).padStart(8, '0')}`;
