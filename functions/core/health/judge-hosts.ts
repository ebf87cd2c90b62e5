/**
 * Verdicts on the life of hosts, as a pure function of (snapshot, EC2's word, now).
 *
 *     ready, draining --silent--> suspect --still silent--> lost --still silent--> its instance is terminated
 *              ^                     |                        |
 *              +------ heard again --+------------------------+
 *
 * - SUSPECT is out of DNS; LOST has its tasks replaced. A host whose beats arrive is never lost, whoever else misses it.
 * - Many at once (more than 30 %, and three or more, within two minutes) are no deaths but a fault between us and them:
 *   they stay as they are, nothing is launched and nothing terminated, until they are heard again, EC2 says that they
 *   are dead, or so many are back that the rest is no mass any more.
 * - An instance is terminated for silence only once some other host was heard since, so that a control plane that hears
 *   nobody ends nothing.
 */
import type { Decision } from '../model/decision.ts';
import { mayBecome, presentState, type Host, type HostState, type Silence } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { freshFrom } from '../model/sweep.ts';
import { isMass, isPartOfMass } from './mass-silence.ts';
import { signsOfLife, type Signs } from './signs.ts';
import { describeSilence, seconds } from './words.ts';

export interface HostVerdict {
  /** As it is to be stored, on the version that was read. */
  readonly next: Host;
  /** Null: already told. */
  readonly decision: Decision | null;
}

export interface HostJudgement {
  readonly verdicts: readonly HostVerdict[];
  /** Of all hosts together. */
  readonly decisions: readonly Decision[];
  /** Silent hosts are left as they are: nothing is launched or terminated meanwhile. */
  readonly frozen: boolean;
  /** When time alone may change a verdict; null: only news will. */
  readonly wakeAtMs: number | null;
}

/** Positive evidence from EC2 that a host is dead. */
export interface Obituary {
  /** `EC2 says that i-... is stopped` */
  readonly words: string;
  /** There is no instance any more: nothing is left to judge. */
  readonly isGone: boolean;
}
export type Obituaries = ReadonlyMap<HostId, Obituary>;

export const NO_OBITUARIES: Obituaries = new Map();

export function judgeHosts(
  snapshot: Pick<Snapshot, 'hosts' | 'settings' | 'sweep'>,
  obituaries: Obituaries,
  nowMs: number,
): HostJudgement {
  const { settings } = snapshot;
  const freshFromMs = freshFrom(snapshot.sweep, nowMs);
  const all = signsOfLife(snapshot.hosts, { settings, freshFromMs, nowMs });
  const frozen = isMass(all, obituaries, nowMs);
  const steps = all.map((signs) =>
    nextStep(signs, { all, settings, obituaries, frozen, freshFromMs, nowMs }),
  );
  const was = all.some((signs) => signs.host.silence?.frozen === true);
  const begins = steps.some(({ verdict }) => verdict?.next.silence?.frozen === true);
  const due = [...all.map((signs) => signs.dueAtMs), ...steps.map((step) => step.dueAtMs)];
  const known = due.filter((at) => at !== null && at > nowMs) as number[];
  return {
    verdicts: steps.flatMap(({ verdict }) => (verdict === null ? [] : [verdict])),
    decisions: [...(begins && !was ? [freezes(all)] : []), ...(was && !frozen ? [thaws(all)] : [])],
    frozen,
    wakeAtMs: known.length === 0 ? null : Math.min(...known),
  };
}

interface Court {
  readonly all: readonly Signs[];
  readonly settings: Snapshot['settings'];
  readonly obituaries: Obituaries;
  readonly frozen: boolean;
  readonly freshFromMs: number;
  readonly nowMs: number;
}

interface Step {
  readonly verdict: HostVerdict | null;
  readonly dueAtMs: number | null;
}

const REST: Step = { verdict: null, dueAtMs: null };

function nextStep(signs: Signs, court: Court): Step {
  const { host } = signs;
  const { silence } = host;
  if (court.obituaries.get(host.id)?.isGone === true) return REST;
  if (silence !== null && signs.heardAtMs > silence.sinceMs && !signs.silent) return back(signs);
  if (court.frozen && isPartOfMass(signs, court.obituaries, court.nowMs)) return freeze(signs, court);
  if (silence?.frozen === true) return thaw(signs, court);
  if (host.state === 'lost') return terminate(signs, court);
  if (host.state === 'suspect') return lose(signs, court);
  const dead = signs.doubtful && court.obituaries.has(host.id);
  return signs.silent || dead ? suspect(signs, court) : REST;
}

function back({ host }: Signs): Step {
  const reason =
    host.state === 'lost' ? 'it is heard again; what was replaced meanwhile is drained' : 'it is heard again';
  const state = presentState(host);
  const words = host.drain === null ? reason : `${reason}; it is still being drained: ${host.drain.reason}`;
  return become(host, state, null, words, host.state === state ? null : 'host-back');
}

/** The silent ones stay in service, or go back to it: nobody knows better. What is lost already stays replaced. */
function freeze({ host }: Signs, { nowMs }: Court): Step {
  if (host.silence?.frozen === true) return REST;
  const before = host.silence ?? { sinceMs: nowMs, witnessed: false, lostAtMs: null };
  const state = host.state === 'suspect' ? presentState(host) : host.state;
  return become(
    host,
    state,
    { ...before, frozen: true },
    'silent, like too many others at once: left as it is',
    null,
  );
}

/** Judged alone from now on, with all its time before it. */
function thaw(signs: Signs, court: Court): Step {
  const { host } = signs;
  if (host.state === 'lost' && host.silence !== null) {
    const silence = { ...host.silence, frozen: false, lostAtMs: court.nowMs };
    return become(host, 'lost', silence, host.reason, null);
  }
  if (signs.silent) return suspect(signs, court);
  return become(host, host.state, null, 'its silence is judged anew', null);
}

function suspect(signs: Signs, { nowMs, obituaries }: Court): Step {
  const dead = obituaries.get(signs.host.id)?.words;
  const witnessed = dead !== undefined || signs.witnesses.length + signs.lonelyWitnesses.length > 0;
  const why = dead ?? describeSilence(signs, nowMs);
  const silence: Silence = { sinceMs: nowMs, witnessed, frozen: false, lostAtMs: null };
  return become(signs.host, 'suspect', silence, why, 'host-suspect');
}

/** Given up after a while, or at once when EC2 says that it is dead; never while its beats arrive. */
function lose(signs: Signs, { settings, obituaries, frozen, freshFromMs, nowMs }: Court): Step {
  const { host } = signs;
  const sinceMs = Math.max(host.silence?.sinceMs ?? nowMs, freshFromMs);
  const dead = obituaries.get(host.id)?.words;
  const dueAtMs = sinceMs + settings.lostAfterMs;
  if (!signs.missedBeat) return { verdict: null, dueAtMs: signs.silent ? null : dueAtMs };
  if (dead === undefined && frozen) return REST;
  if (dead === undefined && nowMs < dueAtMs) return { verdict: null, dueAtMs };
  const why = dead ?? describeSilence(signs, nowMs);
  const silence: Silence = {
    sinceMs: host.silence?.sinceMs ?? nowMs,
    witnessed: host.silence?.witnessed ?? false,
    frozen: false,
    lostAtMs: nowMs,
  };
  const then = `its replicas are replaced; its instance is terminated in ${seconds(settings.terminateLostAfterMs)} unless it comes back`;
  return become(host, 'lost', silence, `${why}; ${then}`, 'host-lost');
}

function terminate(signs: Signs, court: Court): Step {
  const { host } = signs;
  const { settings, nowMs } = court;
  const sinceMs = Math.max(host.silence?.lostAtMs ?? nowMs, court.freshFromMs);
  const dueAtMs = sinceMs + settings.terminateLostAfterMs;
  if (nowMs < dueAtMs) return { verdict: null, dueAtMs };
  if (court.frozen || !signs.missedBeat) return REST;
  const others = court.all.some((one) => one.host.id !== host.id && one.heardAtMs > sinceMs);
  if (!others && !court.obituaries.has(host.id)) return REST;
  const next: Host = {
    ...host,
    state: 'terminating',
    retryAtMs: 0,
    reason: `lost, and not heard for ${seconds(nowMs - signs.heardAtMs)}`,
  };
  return {
    verdict: { next, decision: row('host-gone', host.id, `${next.reason}; its instance is terminated`) },
    dueAtMs: null,
  };
}

function become(
  host: Host,
  state: HostState,
  silence: Silence | null,
  reason: string,
  code: Decision['code'] | null,
): Step {
  if (state !== host.state && !mayBecome(host.state, state)) return REST;
  const next: Host = { ...host, state, silence, reason };
  return { verdict: { next, decision: code === null ? null : row(code, host.id, reason) }, dueAtMs: null };
}

function freezes(all: readonly Signs[]): Decision {
  const silent = all.filter((signs) => signs.doubtful).map((signs) => signs.host.id);
  const message = `${silent.length} of ${all.length} hosts fell silent at once (${silent.slice(0, 5).join(', ')}): nothing is replaced, terminated or taken out of DNS until they are heard again or EC2 says that they are dead`;
  return row('hosts-frozen', 'hosts', message);
}

function thaws(all: readonly Signs[]): Decision {
  const silent = all.filter((signs) => signs.doubtful).length;
  const rest = silent === 0 ? 'all hosts are heard' : `${silent} of ${all.length} hosts are still silent`;
  return row('hosts-thawed', 'hosts', `${rest}: silent hosts are judged one by one again`);
}

const row = (code: Decision['code'], subject: string, message: string): Decision => ({
  code,
  subject,
  stack: null,
  message,
});
