/** What an agent saw, stored if it is news, with a wake for the loop that acts on it. */
import type { Report, ReportReply } from '../../contract/agent-protocol.ts';
import { taskId } from '../core/model/ids.ts';
import { normalImage, type HostImage, type ImageLayer } from '../core/model/placement.ts';
import type { HostReport } from '../core/model/task.ts';
import { ConflictError } from './errors.ts';
import { ownHost, type AgentCaller } from './own-host.ts';
import type { AgentDeps } from './register-host.ts';

export function recordReport(deps: AgentDeps): (caller: AgentCaller, body: Report) => Promise<ReportReply> {
  return async (caller, body) => {
    const host = await ownHost(deps.hosts, caller);
    const { bootId, seq, generation, dockerAnswers } = body;
    const tasks = body.tasks.map(({ task, phase, health, attempt, exitCode, healthySince, reason }) => ({
      task: taskId(task),
      phase,
      health,
      attempt,
      exitCode,
      healthyTime: healthySince,
      reason,
    }));
    const [manifest, isNews] = await Promise.all([
      deps.hosts.getManifest(host.id),
      keepNewest(deps.hosts, {
        host: host.id,
        bootId,
        seq,
        generation,
        dockerAnswers,
        dockerSilentSinceMs: null,
        tasks,
        agentVersion: body.agentVersion,
        agentSinceMs: null,
        agentFailure: body.agentFailure ?? null,
        ...(body.imageLayers === undefined ? {} : { images: imagesOf(body.imageLayers) }),
        receivedAtMs: deps.clock.nowMs(),
        version: 0,
      }),
    ]);
    if (isNews) await deps.wakes.reconcile('a host reported');
    return { generation: manifest?.generation ?? 0, takesLayers: true };
  };
}

/** As placement reads them; no more layers than a row should hold (400 KB is DynamoDB's limit; these are about 30 KB). */
function imagesOf(told: NonNullable<Report['imageLayers']>): HostImage[] {
  let left = LAYERS_MAX;
  return told.flatMap(({ image, layers }) => {
    if (layers.length > left) return [];
    left -= layers.length;
    return [{ image: normalImage(image), layers: layers.map(layerOf) }];
  });
}

export const LAYERS_MAX = 1000;

function layerOf(text: string): ImageLayer {
  const [id = '', bytes = '0'] = text.split(':');
  return { id, bytes: Number(bytes) };
}

/** Each lost race is one more report of the same host that came in at the same moment: few, whatever happens. */
export const ATTEMPTS_MAX = 5;

/**
 * Stores the report unless a newer one of the same boot is there. After an outage several come in together, those that
 * the agent has given up waiting for among them, and in any order: whoever loses the race against an older one writes
 * again, or what the agent believes to be told would be lost until it changes the next time.
 * @returns false when a newer one is stored. @throws ConflictError when every attempt met another writer
 */
async function keepNewest(hosts: AgentDeps['hosts'], report: HostReport): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await hosts.getReport(report.host);
    if (stored?.bootId === report.bootId && stored.seq > report.seq) return false;
    // The same one: stored by an attempt whose answer was lost, perhaps before its wake was sent.
    if (stored?.bootId === report.bootId && stored.seq === report.seq) return true;
    try {
      await hosts.putReport(withSince(report, stored), stored?.version ?? 0);
      return true;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

/**
 * Notes since when the host runs its agent, its Docker does not answer, and each healthy task is so, by our clock: the
 * time of the first report of it.
 */
function withSince(report: HostReport, stored: HostReport | null): HostReport {
  const told = stored?.bootId === report.bootId ? stored.tasks : [];
  const before = new Map(told.map((task) => [task.task, task]));
  const tasks = report.tasks.map((task) => {
    if (task.health !== 'healthy') return task;
    const known = before.get(task.task);
    const goesOn =
      known?.health === 'healthy' && known.attempt === task.attempt && known.healthyTime === task.healthyTime;
    return { ...task, healthySinceMs: goesOn ? known.healthySinceMs : report.receivedAtMs };
  });
  const wasSilent = stored?.bootId === report.bootId && !stored.dockerAnswers;
  const silentSinceMs = wasSilent ? (stored.dockerSilentSinceMs ?? stored.receivedAtMs) : report.receivedAtMs;
  const dockerSilentSinceMs = report.dockerAnswers ? null : silentSinceMs;
  const sameAgent = stored?.bootId === report.bootId && stored.agentVersion === report.agentVersion;
  // The first report after a reply that was lost tells of no layers: what was told before still holds.
  const images = report.images ?? (stored?.bootId === report.bootId ? stored.images : undefined);
  return {
    ...report,
    ...(images === undefined ? {} : { images }),
    tasks,
    dockerSilentSinceMs,
    agentSinceMs: (sameAgent ? stored.agentSinceMs : null) ?? report.receivedAtMs,
  };
}
