/**
 * Hosts that are heard and whose Docker has not answered for long are emptied: nobody knows what runs there, and nothing
 * can be stopped or started. Start-first, like any drain, so what still serves goes on until others serve.
 *
 * - Undone when Docker answers again before the host is empty.
 * - Never while the same is true of many at once: then it is no single host's fault, and others would be no better. Where
 *   it has been true of many for as long, the drains that began before are undone.
 * - Not on old word: a host that is not heard may have a Docker that answers again.
 * - An operator's word counts more: a drain that was asked for is left alone, and a host that an operator kept is not
 *   drained again for the same silence.
 */
import { markDrain } from '../hosts/mark-drain.ts';
import type { Host } from '../model/host.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import { freshFrom } from '../model/sweep.ts';
import { isMassOf } from './mass-silence.ts';
import { isBelieved } from './signs.ts';
import { seconds } from './words.ts';

/** So long without an answer (reliability.md, row 4); also how long it has to ignore a stop until nobody waits for it. */
export const DOCKER_SILENT_MS = 120_000;

export interface DockerJudgement {
  /** Hosts as they are to be stored, on the version that was read. */
  readonly next: readonly Host[];
  /** When time alone may change a verdict; null: only news will. */
  readonly wakeAtMs: number | null;
}

type Reported = Pick<HostView, 'host' | 'report' | 'lease'>;

/** Since when its Docker has not answered, as its host says since its last boot; null: it answers, or nobody knows. */
export function dockerSilentSince({ host, report }: Pick<HostView, 'host' | 'report'>): number | null {
  if (report === null || report.bootId !== host.bootId || report.dockerAnswers) return null;
  return report.dockerSilentSinceMs ?? report.receivedAtMs;
}

/** @param frozen so many hosts are not heard that nothing is concluded (`judge-hosts.ts`) */
export function judgeDockers(
  snapshot: Pick<Snapshot, 'hosts' | 'settings' | 'sweep'>,
  frozen: boolean,
  nowMs: number,
): DockerJudgement {
  const { settings } = snapshot;
  const freshFromMs = freshFrom(snapshot.sweep, nowMs);
  const there = snapshot.hosts.filter(({ host }) => host.state === 'ready' || host.state === 'draining');
  const dueAt = (view: Reported): number => {
    const sinceMs = dockerSilentSince(view);
    // What was told before a gap of our own may have changed since.
    return sinceMs === null ? Infinity : Math.max(sinceMs, freshFromMs) + DOCKER_SILENT_MS;
  };
  const many = (silent: (dueAtMs: number) => boolean): boolean =>
    isMassOf(there.filter((view) => silent(dueAt(view))).length, there.length);
  const isMass = many((dueAtMs) => dueAtMs < Infinity);
  const isLongMass = many((dueAtMs) => dueAtMs <= nowMs);
  const may = (view: Reported): boolean => !frozen && !isMass && mayDrain(view);
  const waiting = there.filter(may).map(dueAt);
  const due = waiting.filter((atMs) => atMs > nowMs && atMs < Infinity);
  return {
    next: [
      ...snapshot.hosts.flatMap((view) => undone(view, isLongMass, nowMs)),
      ...there
        .filter(
          (view) => may(view) && dueAt(view) <= nowMs && isBelieved(view, { settings, freshFromMs, nowMs }),
        )
        .map((view) => drained(view, nowMs)),
    ],
    wakeAtMs: due.length === 0 ? null : Math.min(...due),
  };
}

function mayDrain(view: Reported): boolean {
  const { state, silence, drain, drainChange } = view.host;
  if (state !== 'ready' || silence !== null || drain !== null) return false;
  const kept = drainChange?.code === 'host-undrained' && drainChange.by === 'api' ? drainChange.atMs : 0;
  return (dockerSilentSince(view) ?? 0) > kept;
}

function drained(view: Reported, nowMs: number): Host {
  const silentMs = nowMs - (dockerSilentSince(view) ?? nowMs);
  const reason = `its Docker has not answered for ${seconds(silentMs)}`;
  const message = `${reason}; its replicas move to other hosts, then its instance is terminated, unless Docker answers before`;
  return markDrain(view.host, { cause: 'silent-docker', reason, sinceMs: nowMs, byMs: null }, reason, {
    atMs: nowMs,
    by: 'provision',
    message,
  });
}

function undone({ host, report }: Reported, isLongMass: boolean, nowMs: number): Host[] {
  if (host.drain?.cause !== 'silent-docker') return [];
  if (host.state === 'terminating' || host.state === 'terminated') return [];
  const answers = report !== null && report.bootId === host.bootId && report.dockerAnswers;
  if (!answers && !isLongMass) return [];
  const reason = answers
    ? 'its Docker answers again'
    : 'the Docker of too many other hosts does not answer either: that is no fault of this host';
  return [markDrain(host, null, reason, { atMs: nowMs, by: 'provision', message: `${reason}; it stays` })];
}
