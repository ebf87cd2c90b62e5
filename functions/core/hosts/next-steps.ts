/**
 * What each host row needs next, from the rows and what EC2 shows.
 *
 * EC2's list lags and may leave out what is there: an instance that it does not show is called gone only `describeLagMs`
 * after its launch, and one whose agent has registered only when its host is lost, that is, not heard for long either.
 * Terminated instances stay listed for about an hour, rows as long.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import { isGone, isWatched, type Host } from '../model/host.ts';
import { poolNamed } from '../model/pool.ts';
import { isAlive, type InstanceView } from '../model/instance.ts';

export type HostStep =
  | { readonly kind: 'launch'; readonly host: Host }
  /** The instance does not know yet which host it is. */
  | { readonly kind: 'name'; readonly host: Host; readonly wakeAtMs: number | null }
  /** The launch had happened: record it. */
  | { readonly kind: 'found'; readonly host: Host; readonly instance: InstanceView }
  | { readonly kind: 'terminate'; readonly host: Host; readonly reason: string }
  | { readonly kind: 'gone'; readonly host: Host; readonly reason: string }
  /** `reason`: nobody knows it yet. */
  | { readonly kind: 'forget'; readonly host: Host; readonly reason?: string }
  | { readonly kind: 'none'; readonly wakeAtMs: number | null };

/** Terminated rows explain themselves in `berth hosts` for as long as EC2 lists the instance. */
export const TERMINATED_KEPT_MS = 3_600_000;
/** A termination that EC2 has not acted on is asked for again. */
export const TERMINATE_AGAIN_MS = 60_000;

export interface HostOutlook {
  readonly settings: ClusterSettings;
  readonly nowMs: number;
  /** Nothing is left on it, and it is drained. */
  readonly drained?: boolean;
  /** The instance that turned up for an intent. */
  readonly claimed?: InstanceView | undefined;
  /** Not all rows of its batch were written (`torn-batches.ts`). */
  readonly torn?: boolean;
}

export function nextHostStep(host: Host, instances: readonly InstanceView[], outlook: HostOutlook): HostStep {
  const step = ownStep(host, instances, outlook);
  const instance = instances.find((one) => one.instanceId === host.instanceId);
  const isUnnamed = instance !== undefined && isAlive(instance) && instance.host === null;
  if (!isUnnamed || isGone(host.state) || step.kind !== 'none') return step;
  return { kind: 'name', host, wakeAtMs: step.wakeAtMs };
}

/** Of a terminated host: its row has explained itself for long enough. */
export const isForgotten = ({ retryAtMs }: Host, nowMs: number): boolean =>
  retryAtMs + TERMINATED_KEPT_MS < nowMs;

function ownStep(
  host: Host,
  instances: readonly InstanceView[],
  { settings, nowMs, drained = false, claimed, torn = false }: HostOutlook,
): HostStep {
  if (host.state === 'terminated') {
    return isForgotten(host, nowMs) ? { kind: 'forget', host } : { kind: 'none', wakeAtMs: null };
  }
  if (host.instanceId === null) {
    if (host.state === 'terminating') return cancelStep(host, claimed, settings, nowMs);
    if (drained)
      return { kind: 'terminate', host, reason: `drained before it was there: ${host.drain?.reason}` };
    if (torn && claimed === undefined) return { kind: 'forget', host, reason: tornWords(host) };
    return launchStep(host, claimed, settings, nowMs);
  }
  const instance = instances.find((one) => one.instanceId === host.instanceId);
  const launchedAtMs = host.launchedAtMs ?? host.requestedAtMs;
  if (instance !== undefined && !isAlive(instance)) {
    const reason =
      host.state === 'terminating'
        ? host.reason
        : `EC2 says that ${instance.instanceId} is ${instance.state}`;
    return instance.state === 'terminated' || host.state !== 'terminating'
      ? { kind: 'gone', host, reason }
      : { kind: 'none', wakeAtMs: nowMs + 1000 };
  }
  const isThere = isWatched(host.state) && host.state !== 'lost';
  if (instance === undefined && !isThere && nowMs - launchedAtMs > settings.describeLagMs) {
    return { kind: 'gone', host, reason: `EC2 does not know ${host.instanceId} any more` };
  }
  if (host.state === 'terminating') {
    const againAtMs = host.retryAtMs + TERMINATE_AGAIN_MS;
    return againAtMs <= nowMs
      ? { kind: 'terminate', host, reason: host.reason }
      : { kind: 'none', wakeAtMs: againAtMs };
  }
  if (drained) return { kind: 'terminate', host, reason: `drained: ${host.drain?.reason ?? ''}` };
  if (host.state !== 'booting') return { kind: 'none', wakeAtMs: null };
  const deadlineMs =
    poolNamed(settings, host.pool)?.registrationDeadlineMs ?? settings.registrationDeadlineMs;
  const deadlineAtMs = launchedAtMs + deadlineMs;
  if (nowMs < deadlineAtMs) return { kind: 'none', wakeAtMs: deadlineAtMs };
  const seconds = Math.round(deadlineMs / 1000);
  return {
    kind: 'terminate',
    host,
    reason: `${host.instanceId} did not register within ${seconds} s; its console output (/var/log/cloud-init-output.log) tells why its user data failed`,
  };
}

const tornWords = ({ launch }: Host): string =>
  `not all ${launch.size} rows of its batch ${launch.batch} were written, so nothing was launched: it is planned anew`;

function launchStep(
  host: Host,
  claimed: InstanceView | undefined,
  { describeLagMs }: ClusterSettings,
  nowMs: number,
): HostStep {
  if (claimed) return { kind: 'found', host, instance: claimed };
  // Of an older version, which may have launched it. When EC2 would have shown that, the demand is planned anew.
  if (host.launch.batch === '') {
    const overAtMs = Math.max(host.requestedAtMs, host.retryAtMs) + describeLagMs;
    return nowMs >= overAtMs ? { kind: 'forget', host } : { kind: 'none', wakeAtMs: overAtMs };
  }
  return host.retryAtMs <= nowMs ? { kind: 'launch', host } : { kind: 'none', wakeAtMs: host.retryAtMs };
}

/**
 * An intent that nobody wants any more. Its launch may have been asked for, and EC2 may show the instance late: it is
 * looked for as long as that takes.
 */
function cancelStep(
  host: Host,
  claimed: InstanceView | undefined,
  settings: ClusterSettings,
  nowMs: number,
): HostStep {
  if (claimed)
    return { kind: 'terminate', host: { ...host, instanceId: claimed.instanceId }, reason: host.reason };
  const overAtMs = host.retryAtMs + settings.describeLagMs;
  return nowMs >= overAtMs
    ? { kind: 'gone', host, reason: host.reason }
    : { kind: 'none', wakeAtMs: overAtMs };
}

/** Ever longer pauses after hosts that never registered: 30 s doubling to 15 min, counted over the last hour. */
export function launchPauseUntilMs(hosts: readonly Host[]): number {
  const overdue = hosts
    .filter((host) => host.state === 'terminated' || host.state === 'terminating')
    .filter((host) => host.registeredAtMs === null && host.launchedAtMs !== null);
  const registered = hosts.map((host) => host.registeredAtMs ?? 0);
  const since = Math.max(0, ...registered);
  const failed = overdue.filter((host) => (host.launchedAtMs ?? 0) > since);
  if (failed.length === 0) return 0;
  const last = Math.max(...failed.map((host) => host.retryAtMs));
  return last + Math.min(30_000 * 2 ** (failed.length - 1), 900_000);
}
