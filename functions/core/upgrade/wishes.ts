/** What is known of one host's agent, and what it is asked. */
import type { AgentRelease, WantedAgent } from '../model/agent.ts';
import type { ClusterSettings } from '../model/cluster.ts';
import type { HostView } from '../model/snapshot.ts';

/** The version that it runs: that of its last report, which is what makes a version count as running. */
export const runningOf = ({ report, host }: HostView): string | null =>
  report?.agentVersion ?? host.agentVersion;

/** Since when, by our clock; a report of before this was noted counts from its own time. */
export const runningSinceMs = ({ report }: HostView): number | null =>
  report === null ? null : (report.agentSinceMs ?? report.receivedAtMs);

/** There, heard, and with an engine that answers. */
export const isWell = ({ host, report }: HostView): boolean =>
  host.state === 'ready' && host.silence === null && report?.dockerAnswers === true;

export const isSilent = ({ host }: HostView): boolean => host.silence !== null && !host.silence.frozen;

/** What it is asked, and does not run yet. */
export const underWay = (view: HostView, { version }: AgentRelease): WantedAgent | null => {
  const { agent } = view.manifest;
  return agent?.version === version && runningOf(view) !== version ? agent : null;
};

const nextRequest = ({ manifest }: HostView, nowMs: number): number =>
  Math.max((manifest.agent?.request ?? 0) + 1, nowMs);

export function askFor(
  view: HostView,
  { version, archives }: AgentRelease,
  { upgradeTrialMs }: ClusterSettings,
  nowMs: number,
): WantedAgent {
  return {
    version,
    request: nextRequest(view, nowMs),
    trialMs: upgradeTrialMs,
    archive: archives[view.host.launch.architecture],
    from: runningOf(view) ?? version,
    askedAtMs: nowMs,
  };
}

/** Back to what it ran before, which it still has. A host that went back by itself has nothing to do. */
export function askBack(
  view: HostView,
  { from }: WantedAgent,
  { upgradeTrialMs }: ClusterSettings,
  nowMs: number,
): WantedAgent {
  const request = nextRequest(view, nowMs);
  return { version: from, request, trialMs: upgradeTrialMs, archive: null, from, askedAtMs: nowMs };
}
