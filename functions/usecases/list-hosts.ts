/** Every host with what it holds and when it was heard last. */
import type { HostView as HostRow } from '../../contract/http-api.ts';
import type { HostView } from '../core/model/snapshot.ts';
import { runningOf } from '../core/upgrade/wishes.ts';
import { freeOf, candidateOf } from '../core/scheduling/needs.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import { showHostUsage } from './show-usage.ts';

export function listHosts({ load }: { readonly load: LoadSnapshot }): () => Promise<HostRow[]> {
  return async () => {
    const { hosts } = await load();
    return [...hosts]
      .sort((a, b) => a.host.requestedAtMs - b.host.requestedAtMs || (a.host.id < b.host.id ? -1 : 1))
      .map(describe);
  };
}

function describe(view: HostView): HostRow {
  const { host, manifest, report, lease } = view;
  const running = runningOf(view);
  const candidate = candidateOf(host, manifest.assignments, report);
  const free = freeOf(candidate);
  const { cpuMillis, memoryBytes } = candidate.schedulable;
  const seenMs = Math.max(lease?.receivedAtMs ?? 0, report?.receivedAtMs ?? 0, host.registeredAtMs ?? 0);
  return {
    host: host.id,
    instanceId: host.instanceId,
    state: host.state,
    address: host.address,
    zone: host.zone,
    pool: host.pool,
    instanceType: host.launch.instanceType,
    architecture: host.launch.architecture,
    agentVersion: running,
    agentWanted:
      manifest.agent === null || manifest.agent.version === running ? null : manifest.agent.version,
    tasks: manifest.assignments.length,
    cpuMillis: { reserved: cpuMillis - free.cpuMillis, total: cpuMillis },
    memoryBytes: { reserved: memoryBytes - free.memoryBytes, total: memoryBytes },
    usage: lease === null ? null : showHostUsage(lease),
    lastSeenAt: seenMs === 0 ? null : new Date(seenMs).toISOString(),
    reason: [host.reason, ...wrongClock(lease?.clockAheadMs)].filter((words) => words !== '').join('; '),
  };
}

/** Its agent signs by our time, and nothing is decided by its own; but its containers, and their logs, live by it. */
function wrongClock(aheadMs = 0): string[] {
  if (aheadMs === 0) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return [`its clock is ${seconds} s ${aheadMs > 0 ? 'ahead' : 'behind'}: set it (chronyc makestep)`];
}
