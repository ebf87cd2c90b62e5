/**
 * The row that precedes a launch. Everything that RunInstances is asked with is frozen in it, and its client token is a
 * function of (intent, attempt, type, subnet, market): repeated, it is the same request; changed, it is another token.
 */
import { hash32, token } from '../random.ts';
import type { ClusterSettings } from '../model/cluster.ts';
import type { Capacity, Host, LaunchParameters } from '../model/host.ts';
import { hostId } from '../model/ids.ts';

export interface LaunchOptions {
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: string;
  readonly subnetIds: readonly string[];
}

export function writeIntent(
  index: number,
  settings: ClusterSettings,
  options: LaunchOptions,
  expected: Capacity,
  at: { readonly nowMs: number; readonly seed: string; readonly hosts: readonly Host[] },
): Host {
  const id = hostId(`h-${token(`${at.seed}/${index}`, 10)}`);
  const subnetId = emptiestSubnet(options.subnetIds, at.hosts, index);
  const { instanceType, architecture } = settings.pool;
  const { launchTemplateId, launchTemplateVersion } = options;
  const clientToken = tokenFor(id, 1, instanceType, subnetId);
  return {
    id,
    state: 'requested',
    reason: 'tasks wait for a host',
    launch: { launchTemplateId, launchTemplateVersion, instanceType, architecture, subnetId, clientToken },
    attempt: 1,
    requestedAtMs: at.nowMs,
    retryAtMs: at.nowMs,
    instanceId: null,
    launchedAtMs: null,
    address: null,
    zone: null,
    capacity: expected,
    registeredAtMs: null,
    bootId: null,
    agentVersion: null,
    neighbours: [],
    silence: null,
    drain: null,
    drainChange: null,
    version: 0,
  };
}

/** EC2 takes up to 64 ASCII characters. The intent's id is in it, so that a person can match the two. */
export function tokenFor(id: string, attempt: number, instanceType: string, subnetId: string): string {
  const parameters = hash32(`${id}/${attempt}/${instanceType}/${subnetId}/on-demand`)
    .toString(16)
    .padStart(8, '0');
  return `berth-${id}-${attempt}-${parameters}`;
}

/** The same intent, asked anew with a fresh token, in the next subnet. */
export function nextAttempt(host: Host, subnetIds: readonly string[]): Pick<Host, 'attempt' | 'launch'> {
  const at = subnetIds.indexOf(host.launch.subnetId);
  const subnetId = subnetIds[(at + 1) % subnetIds.length] ?? host.launch.subnetId;
  const attempt = host.attempt + 1;
  const launch: LaunchParameters = {
    ...host.launch,
    subnetId,
    clientToken: tokenFor(host.id, attempt, host.launch.instanceType, subnetId),
  };
  return { attempt, launch };
}

function emptiestSubnet(subnetIds: readonly string[], hosts: readonly Host[], offset: number): string {
  const load = (subnet: string): number => hosts.filter((host) => host.launch.subnetId === subnet).length;
  const rotated = subnetIds.map((_, index) => subnetIds[(index + offset) % subnetIds.length] ?? '');
  return [...rotated].sort((a, b) => load(a) - load(b))[0] ?? '';
}
