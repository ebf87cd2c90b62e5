/**
 * A sign of life, and what its host says of its neighbours. Its time is that at which it came in; a repeated one changes
 * nothing. What it says of tasks counts for those of its own. The loops are woken only by a beat that may change a verdict: one that calls a neighbour silent, or one of a
 * host that was thought silent.
 */
import type { Beat, BeatReply } from '../../contract/agent-protocol.ts';
import { hostId } from '../core/model/ids.ts';
import type { HostLease } from '../core/model/task.ts';
import { ConflictError } from './errors.ts';
import { graphBeat } from './graph-beat.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import { ownUsage } from './own-usage.ts';
import { paceOf } from './pace.ts';
import type { Graphs } from './ports.ts';
import type { AgentDeps } from './register-host.ts';
import { settingsReader } from './read-settings.ts';

export interface BeatDeps extends AgentDeps {
  readonly graphs: Graphs;
}

export function recordBeat(deps: BeatDeps): (caller: AgentCaller, body: Beat) => Promise<BeatReply> {
  const readSettings = settingsReader(deps.cluster);
  return async (caller, body) => {
    const host = await ownHost(deps.hosts, caller);
    const { settings } = await readSettings();
    const { seq, bootId, generation, cpuPercent, memoryPercent, diskPercent } = body;
    const pace = paceOf(host, settings, deps.clock.nowMs());
    const manifest = await deps.hosts.getManifest(host.id);
    const assignments = manifest?.assignments ?? [];
    const usage = ownUsage(body.tasks, assignments);
    try {
      const lease: HostLease = {
        host: host.id,
        receivedAtMs: deps.clock.nowMs(),
        seq,
        bootId,
        generation,
        cpuPercent,
        memoryPercent,
        diskPercent,
        silent: body.silent.map(hostId),
        answering: body.answering.map(hostId),
        paceMs: pace.beatMs,
        ...(body.clockAheadMs === undefined ? {} : { clockAheadMs: body.clockAheadMs }),
        ...(body.load === undefined ? {} : { load: body.load }),
        ...(usage === undefined ? {} : { usage }),
      };
      await deps.hosts.putLease(lease);
      deps.graphs.publish(graphBeat(settings.metrics, lease, assignments));
      if (body.silent.length > 0) await deps.wakes.reconcile(`${host.id} does not reach a neighbour`);
      else if (host.silence !== null) await deps.wakes.reconcile(`${host.id} is heard again`);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    return {
      generation: manifest?.generation ?? 0,
      ...pace,
      neighbours: host.neighbours.map((one) => ({ ...one })),
    };
  };
}
