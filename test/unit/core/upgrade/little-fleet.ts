/** Hosts that follow what `decideUpgrade` asks, each in its own way; time passes in steps. */
import {
  NOTHING_LEARNED,
  type AgentMemory,
  type AgentRelease,
} from '../../../../functions/core/model/agent.ts';
import type { Decision } from '../../../../functions/core/model/decision.ts';
import type { HostView } from '../../../../functions/core/model/snapshot.ts';
import { decideUpgrade } from '../../../../functions/core/upgrade/decide-upgrade.ts';
import { host, hostView, NOW, settings, snapshot } from '../../../support/builders.ts';

/** How a host takes another version: runs it; goes back by itself; is never heard with it; cannot fetch it. */
export type Way = 'good' | 'goes-back' | 'silent' | 'cannot-fetch';

export const release = (version: string): AgentRelease => {
  const archive = { bucket: 'assets', key: `${version}.tar.gz`, sha256: 'a'.repeat(64) };
  return { version, archives: { x86_64: archive, arm64: archive } };
};

export const WATCH_MS = 60_000;
const SETTINGS = settings({ upgradeTrialMs: 5000, upgradeWatchMs: WATCH_MS });

export interface Fleet {
  views: HostView[];
  memory: AgentMemory;
  nowMs: number;
  readonly decisions: Decision[];
  readonly asked: { readonly host: string; readonly version: string; readonly atMs: number }[];
  publish(version: string): void;
  /** One pass, then what the hosts make of it. Resolves with whether anything was decided. */
  step(passMs: number): boolean;
  running(): readonly (string | null)[];
}

export function littleFleet(ways: readonly Way[], takesMs = 3000): Fleet {
  let published = release('1');
  const fleet: Fleet = {
    views: ways.map((_, index) => {
      const name = `host${String(index).padStart(4, '0')}`;
      const of = host(name, { agentVersion: '1', requestedAtMs: NOW - 1000 * (ways.length - index) });
      return hostView(of);
    }),
    memory: NOTHING_LEARNED,
    nowMs: NOW,
    decisions: [],
    asked: [],
    publish: (version) => (published = release(version)),
    running: () => fleet.views.map(({ report }) => report?.agentVersion ?? null),
    step: (passMs) => {
      fleet.nowMs += passMs;
      const { nowMs } = fleet;
      fleet.views = fleet.views.map((view, index) => follow(view, ways[index] ?? 'good', nowMs, takesMs));
      const now = snapshot({
        hosts: fleet.views,
        settings: SETTINGS,
        release: published,
        agents: fleet.memory,
      });
      const plan = decideUpgrade(now, nowMs);
      if (plan.memory !== null) fleet.memory = { ...plan.memory, version: plan.memory.version + 1 };
      fleet.decisions.push(...plan.decisions);
      fleet.views = fleet.views.map((view) => {
        const agent = plan.wanted.get(view.host.id);
        if (agent === undefined) return view;
        fleet.asked.push({ host: view.host.id, version: agent.version, atMs: nowMs });
        return { ...view, manifest: { ...view.manifest, agent } };
      });
      return plan.memory !== null || plan.wanted.size > 0;
    },
  };
  return fleet;
}

function follow(view: HostView, way: Way, nowMs: number, takesMs: number): HostView {
  const { agent } = view.manifest;
  const { report } = view;
  if (agent === null || report === null || agent.version === report.agentVersion)
    return { ...view, host: { ...view.host, silence: null } };
  if (nowMs < agent.askedAtMs + takesMs) return view;
  const runs = {
    ...view,
    host: { ...view.host, silence: null },
    report: { ...report, agentVersion: agent.version, agentSinceMs: nowMs, agentFailure: null },
  };
  if (agent.archive === null || way === 'good') return runs;
  const silence = { sinceMs: nowMs, witnessed: true, frozen: false, lostAtMs: null };
  if (way === 'silent') return { ...view, host: { ...view.host, silence } };
  const { version, request } = agent;
  const final = way === 'goes-back';
  return {
    ...view,
    report: {
      ...report,
      agentFailure: { version, request, final, reason: final ? 'it ended' : 'S3 says 403' },
    },
  };
}
