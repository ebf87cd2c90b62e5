/** What an agent saw, stored if it is news, with a wake for the loop that acts on it. */
import type { Beat, BeatReply, Report, ReportReply } from '../../contract/agent-protocol.ts';
import { taskId } from '../core/model/ids.ts';
import { ConflictError } from './errors.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import type { AgentDeps } from './register-host.ts';

export function recordReport(deps: AgentDeps): (caller: AgentCaller, body: Report) => Promise<ReportReply> {
  return async (caller, body) => {
    const host = await ownHost(deps.hosts, caller);
    const [manifest, before] = await Promise.all([
      deps.hosts.getManifest(host.id),
      deps.hosts.getReport(host.id),
    ]);
    const { bootId, seq, generation, dockerAnswers } = body;
    const tasks = body.tasks.map(({ task, phase, health, attempt, exitCode, reason }) => ({
      task: taskId(task),
      phase,
      health,
      attempt,
      exitCode,
      reason,
    }));
    const report = {
      host: host.id,
      bootId,
      seq,
      generation,
      dockerAnswers,
      tasks,
      receivedAtMs: deps.clock.nowMs(),
      version: 0,
    };
    try {
      await deps.hosts.putReport(report, before?.version ?? 0);
      await deps.wakes.reconcile('a host reported');
    } catch (error) {
      // A newer report of the same agent overtook this one.
      if (!(error instanceof ConflictError)) throw error;
    }
    return { generation: manifest?.generation ?? 0 };
  };
}

export function recordBeat(deps: AgentDeps): (caller: AgentCaller, body: Beat) => Promise<BeatReply> {
  return async (caller, body) => {
    const host = await ownHost(deps.hosts, caller);
    const { seq, bootId, generation, cpuPercent, memoryPercent, diskPercent } = body;
    const receivedAtMs = deps.clock.nowMs();
    await deps.hosts.putLease({
      host: host.id,
      receivedAtMs,
      seq,
      bootId,
      generation,
      cpuPercent,
      memoryPercent,
      diskPercent,
    });
    const [manifest, { settings }] = await Promise.all([
      deps.hosts.getManifest(host.id),
      deps.cluster.load(),
    ]);
    return { generation: manifest?.generation ?? 0, pollMs: settings.pollMs, beatMs: settings.beatMs };
  };
}
