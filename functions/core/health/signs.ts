/**
 * What is known of one host's life, from its leases and from what its neighbours say. By server receive time only.
 *
 *   silent   two witnesses that see others, or any witness and a missed beat, or no sign of life for long
 *   doubtful silent, or a missed beat, or one witness's word that nothing has refuted since
 *
 * A witness is believed while its own beats arrive (that is its link to us) and nobody calls it silent itself. One that
 * sees no neighbour at all may be the one that is cut off: its word alone never makes a host suspect, it only confirms
 * a missed beat.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import { isWatched, type Host } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';
import type { HostView } from '../model/snapshot.ts';
import type { HostLease } from '../model/task.ts';

/** A beat may be this late: its own way, a retry, a slow function. */
export const BEAT_GRACE_MS = 5_000;
export const WITNESSES_NEEDED = 2;

export interface Signs {
  readonly host: Host;
  /** Last true sign of life; 0: none. */
  readonly heardAtMs: number;
  readonly missedBeat: boolean;
  /** Believed witnesses that see other hosts, and those that see none. */
  readonly witnesses: readonly HostId[];
  readonly lonelyWitnesses: readonly HostId[];
  readonly silent: boolean;
  readonly doubtful: boolean;
  /** Next time at which time alone may change this; null: never. */
  readonly dueAtMs: number | null;
}

type Watched = Pick<HostView, 'host' | 'lease' | 'report'>;

export interface Listening {
  readonly settings: ClusterSettings;
  /** What was silent before this was not listened to. */
  readonly freshFromMs: number;
  readonly nowMs: number;
}

/** Who calls whom silent, by accused host. */
type Accusations = ReadonlyMap<HostId, readonly HostLease[]>;

/** Of every host that is to be there, in the order given. */
export function signsOfLife(views: readonly Watched[], at: Listening): Signs[] {
  const watched = views.filter(({ host }) => isWatched(host.state));
  const heard = watched.flatMap((view) => (view.lease !== null && isBelieved(view, at) ? [view.lease] : []));
  const first = judgeAll(watched, accusationsOf(heard), at);
  // A host that two others call silent is no witness itself.
  const doubted = first.filter((one) => one.witnesses.length >= WITNESSES_NEEDED).map((one) => one.host.id);
  if (doubted.length === 0) return first;
  const rest = heard.filter((lease) => !doubted.includes(lease.host));
  return judgeAll(watched, accusationsOf(rest), at);
}

const judgeAll = (watched: readonly Watched[], accusations: Accusations, at: Listening): Signs[] =>
  watched.map((view) => judge(view, accusations.get(view.host.id) ?? [], at));

function accusationsOf(leases: readonly HostLease[]): Accusations {
  const by = new Map<HostId, HostLease[]>();
  for (const lease of leases)
    for (const accused of lease.silent)
      if (accused !== lease.host) by.set(accused, [...(by.get(accused) ?? []), lease]);
  return by;
}

function judge(view: Watched, accusers: readonly HostLease[], at: Listening): Signs {
  const { host } = view;
  const { heardAtMs, missedAtMs, unheardAtMs } = clocksOf(view, at);
  const missedBeat = at.nowMs > missedAtMs;
  const unheard = at.nowMs >= unheardAtMs;
  const seeing = accusers.filter((lease) => lease.answering.length > 0);
  const silent = seeing.length >= WITNESSES_NEEDED || (accusers.length > 0 && missedBeat) || unheard;
  const due = [
    ...(accusers.length > 0 && !missedBeat ? [missedAtMs + 1] : []),
    ...(missedBeat && !unheard ? [unheardAtMs] : []),
  ];
  return {
    host,
    heardAtMs,
    missedBeat,
    witnesses: seeing.map((lease) => lease.host),
    lonelyWitnesses: accusers.filter((lease) => !seeing.includes(lease)).map((lease) => lease.host),
    silent,
    doubtful: silent || missedBeat || accusers.some((lease) => lease.receivedAtMs > heardAtMs),
    dueAtMs: due.length === 0 ? null : Math.min(...due),
  };
}

function clocksOf({ host, lease, report }: Watched, { settings, freshFromMs }: Listening) {
  const heardAtMs = Math.max(lease?.receivedAtMs ?? 0, report?.receivedAtMs ?? 0, host.registeredAtMs ?? 0);
  const fromMs = Math.max(heardAtMs, freshFromMs);
  const paceMs = lease?.paceMs ?? settings.beatMs;
  return {
    heardAtMs,
    missedAtMs: fromMs + paceMs + BEAT_GRACE_MS,
    unheardAtMs: fromMs + Math.max(settings.suspectAfterMs, 2 * paceMs + BEAT_GRACE_MS),
  };
}

/** Its own last beat is recent, and was received while we listened. */
export const isBelieved = (view: Watched, at: Listening): boolean =>
  (view.lease?.receivedAtMs ?? 0) >= at.freshFromMs && at.nowMs <= clocksOf(view, at).missedAtMs;
