/**
 * Hosts of an older launch template version - another image, other user data - or of a template that is not their pool's any
 * more - other security groups - are replaced one at a time, the oldest first:
 *
 *     outdated --> an intent that names it (`replaces`) --> that host is ready --> the outdated one is drained
 *
 * The new host comes first, so its pool has to have room for one more, in number and budget. Nothing is begun while the
 * cluster grows, deploys, is in trouble or short of hosts: then it waits.
 */
import type { Decision } from '../model/decision.ts';
import { isComing, isGone, type Host } from '../model/host.ts';
import { poolNamed } from '../model/pool.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { HostBatch } from './intent.ts';
import { poolOptions, type HostCatalog } from './offerings.ts';
import { priceOf } from './prices.ts';
import { isUnsettled } from './unsettled.ts';

export interface Replacement {
  /** The batch of one host to ask for; null: none. */
  readonly batch: HostBatch | null;
  /** The outdated host, drained from now on; null: none. */
  readonly drained: Host | null;
  readonly decisions: readonly Decision[];
}

const NOTHING: Replacement = { batch: null, drained: null, decisions: [] };

export interface ReplaceInput {
  readonly catalog: HostCatalog;
  /** Tasks wait for a host. */
  readonly waiting: boolean;
  readonly nowMs: number;
}

export function replaceOutdated(snapshot: Snapshot, input: ReplaceInput): Replacement {
  const { settings, offerings } = snapshot;
  const hosts = snapshot.hosts.map((view) => view.host);
  if (settings.outdatedHosts === 'keep' || input.waiting || isUnsettled(snapshot)) return NOTHING;
  // One at a time, in the whole cluster: a version that does not boot costs one host.
  if (hosts.some((host) => !isGone(host.state) && (isComing(host.state) || host.drain !== null)))
    return NOTHING;
  if (offerings.limits.some(({ untilMs }) => untilMs > input.nowMs)) return NOTHING;
  const outdated = hosts
    .filter((host) => host.state === 'ready' && isOutdated(host, snapshot))
    .sort((a, b) => a.requestedAtMs - b.requestedAtMs || (a.id < b.id ? -1 : 1));
  for (const host of outdated) {
    const successor = hosts.find((one) => one.replaces === host.id && one.state === 'ready');
    if (successor !== undefined) return drain(host, successor, input.nowMs);
  }
  for (const host of outdated) {
    const batch = batchFor(host, hosts, snapshot, input);
    if (batch !== null) return { ...NOTHING, batch };
  }
  return NOTHING;
}

/** Not of the newest version of its pool's launch template, as far as that was looked up. */
export function isOutdated(
  { launch, pool }: Host,
  { offerings, settings }: Pick<Snapshot, 'offerings' | 'settings'>,
): boolean {
  const groups = poolNamed(settings, pool)?.securityGroups;
  const newest = offerings.templates.find(
    (one) => one.architecture === launch.architecture && one.securityGroups === groups,
  );
  return (
    newest !== undefined &&
    (newest.launchTemplateId !== launch.launchTemplateId || newest.version !== launch.launchTemplateVersion)
  );
}

const whichTemplate = ({ launch }: Host): string =>
  `version ${launch.launchTemplateVersion} of the launch template ${launch.launchTemplateId}`;

function drain(host: Host, successor: Host, nowMs: number): Replacement {
  const reason = `outdated (${whichTemplate(host)}): ${successor.id} takes its place`;
  return {
    batch: null,
    drained: {
      ...host,
      state: 'draining',
      reason,
      drain: { reason, sinceMs: nowMs, byMs: null, cause: 'outdated' },
    },
    decisions: [
      {
        code: 'host-outdated',
        subject: host.id,
        stack: null,
        message: `${reason}; it is drained, then terminated`,
      },
    ],
  };
}

/** One of the same kind of pool and processor; null: the pool has no room for one more. */
function batchFor(
  host: Host,
  hosts: readonly Host[],
  { settings, offerings }: Snapshot,
  { catalog, nowMs }: ReplaceInput,
): HostBatch | null {
  const pool = poolNamed(settings, host.pool);
  if (pool === undefined) return null;
  const present = hosts.filter((one) => one.pool === pool.name && !isGone(one.state));
  if (present.length >= pool.hostsMax) return null;
  const { options } = poolOptions(pool, { catalog, memory: offerings, hosts, nowMs });
  const alike = options.filter(
    (option) =>
      option.architecture === host.launch.architecture &&
      option.capacity.cpuMillis >= host.capacity.cpuMillis &&
      option.capacity.memoryBytes >= host.capacity.memoryBytes,
  );
  const spent = present.reduce((sum, { launch, capacity }) => {
    const size = catalog.types.get(launch.instanceType) ?? capacity;
    return sum + priceOf(launch.instanceType, size, catalog.prices).perHour;
  }, 0);
  const [option] = alike.filter(
    ({ price }) => pool.budgetPerHour === null || spent + price.perHour <= pool.budgetPerHour,
  );
  if (option === undefined) return null;
  const { instanceType, architecture, capacity } = option;
  return {
    pool: pool.name,
    securityGroups: pool.securityGroups,
    architecture,
    instanceType,
    count: 1,
    capacity,
    offerings: option.offerings,
    reason: `a ${instanceType} to replace ${host.id}, which has ${whichTemplate(host)}`,
    replaces: host.id,
  };
}
