/** Whether the provision loop has something to do about hosts that are there: it alone writes their rows. */
import type { Snapshot } from '../model/snapshot.ts';
import { judgeDockers } from './silent-docker.ts';
import { judgeHosts, NO_OBITUARIES } from './judge-hosts.ts';
import { outdatedNeighbours } from './neighbours.ts';

export interface HostsDue {
  readonly now: boolean;
  /** When time alone may change a verdict; null: only news will. */
  readonly wakeAtMs: number | null;
}

export function hostsDue(snapshot: Snapshot, nowMs: number): HostsDue {
  const judged = judgeHosts(snapshot, NO_OBITUARIES, nowMs);
  const dockers = judgeDockers(snapshot, judged.frozen, nowMs);
  const changes = judged.verdicts.length + judged.decisions.length + dockers.next.length;
  const wakes = [judged.wakeAtMs, dockers.wakeAtMs].filter((atMs) => atMs !== null);
  const rows = snapshot.hosts.map((view) => view.host);
  return {
    now: changes > 0 || outdatedNeighbours(rows).length > 0,
    wakeAtMs: wakes.length === 0 ? null : Math.min(...wakes),
  };
}
