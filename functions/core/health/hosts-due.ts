/** Whether the provision loop has something to do about hosts that are there: it alone writes their rows. */
import type { Snapshot } from '../model/snapshot.ts';
import { judgeHosts, NO_OBITUARIES } from './judge-hosts.ts';
import { outdatedNeighbours } from './neighbours.ts';

export interface HostsDue {
  readonly now: boolean;
  /** When time alone may change a verdict; null: only news will. */
  readonly wakeAtMs: number | null;
}

export function hostsDue(snapshot: Snapshot, nowMs: number): HostsDue {
  const { verdicts, decisions, wakeAtMs } = judgeHosts(snapshot, NO_OBITUARIES, nowMs);
  const rows = snapshot.hosts.map((view) => view.host);
  return { now: verdicts.length + decisions.length > 0 || outdatedNeighbours(rows).length > 0, wakeAtMs };
}
