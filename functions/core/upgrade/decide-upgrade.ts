/**
 * Which host runs which version of the agent: the published one, one canary first.
 *
 *     published --> canary asked --> it reports the new version --> it is well for the watch: proven --> waves
 *                        |                      |
 *                        +-- went back, overdue or silent: refused, with the reason; the hosts go back
 *
 * Everything but "proven" and "refused" is read from what hosts were asked and what they report, so a pass that was lost
 * or comes twice changes nothing. A refused version is asked of nobody any more, until another one is published.
 */
import { REFUSED_MAX, type AgentMemory, type AgentRelease, type WantedAgent } from '../model/agent.ts';
import type { Decision } from '../model/decision.ts';
import { isWatched } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import { askBack, askFor, isSilent, isWell, runningOf, runningSinceMs, underWay } from './wishes.ts';

export interface UpgradePlan {
  /** By host: what its manifest asks from now on. */
  readonly wanted: ReadonlyMap<HostId, WantedAgent>;
  /** Null: nothing was learned. To be stored before the manifests. */
  readonly memory: AgentMemory | null;
  readonly decisions: readonly Decision[];
  readonly wakeAtMs: number | null;
}

/** From the request to the first report of the new version, fetching 46 MB included. */
export const UPGRADE_DEADLINE_MS = 10 * 60_000;
/** Of the hosts that are well, once the version is proven; one at least. */
export const WAVE_SHARE = 0.1;

const NOTHING: UpgradePlan = { wanted: new Map(), memory: null, decisions: [], wakeAtMs: null };

export function decideUpgrade(snapshot: Snapshot, nowMs: number): UpgradePlan {
  const { release, agents } = snapshot;
  if (release === null) return NOTHING;
  const hosts = snapshot.hosts.filter(({ host }) => isWatched(host.state)).sort(byAge);
  if (agents.refused.some(({ version }) => version === release.version))
    return { ...NOTHING, wanted: takeBack(hosts, release, snapshot, nowMs) };
  const trouble = hosts.flatMap((view) => troubleOf(view, release, snapshot, nowMs))[0];
  if (trouble !== undefined) return refuse(trouble, hosts, release, snapshot, nowMs);
  if (agents.proven === release.version) return nextWave(hosts, release, snapshot, nowMs);
  return tryCanary(hosts, release, snapshot, nowMs);
}

interface Trouble {
  readonly view: HostView;
  readonly reason: string;
}

/**
 * Why the version is not to go on. A proven one is stopped by a host that goes back or falls silent with it; one that
 * only does not get it stops nobody else.
 */
function troubleOf(
  view: HostView,
  release: AgentRelease,
  { agents, settings }: Snapshot,
  nowMs: number,
): Trouble[] {
  const { agent } = view.manifest;
  if (agent?.version !== release.version) return [];
  const isUnderWay = underWay(view, release) !== null;
  const failure = failureOf(view, agent);
  const because = (reason: string): Trouble[] => [{ view, reason }];
  if (isUnderWay && failure?.final)
    return because(`${view.host.id} went back to ${agent.from}: ${failure.reason}`);
  const isProven = agents.proven === release.version;
  if (isSilent(view) && (isUnderWay || !isProven))
    return because(`${view.host.id} fell silent while it tried it`);
  if (isProven) return [];
  const untilMs = agent.askedAtMs + UPGRADE_DEADLINE_MS + (isUnderWay ? 0 : settings.upgradeWatchMs);
  if (nowMs < untilMs) return [];
  const minutes = Math.round((nowMs - agent.askedAtMs) / 60_000);
  const said = failure === null ? '' : `; it says: ${failure.reason}`;
  return because(
    isUnderWay
      ? `${view.host.id} has not reported it ${minutes} min after it was asked${said}`
      : `${view.host.id} runs it, but was not well for ${settings.upgradeWatchMs / 1000} s in ${minutes} min`,
  );
}

const failureOf = ({ report }: HostView, { version, request }: WantedAgent) => {
  const failure = report?.agentFailure ?? null;
  return failure?.version === version && failure.request === request ? failure : null;
};

function refuse(
  { view, reason }: Trouble,
  hosts: readonly HostView[],
  release: AgentRelease,
  snapshot: Snapshot,
  nowMs: number,
): UpgradePlan {
  const { agents, settings } = snapshot;
  const { version } = release;
  const wanted = takeBack(hosts, release, snapshot, nowMs);
  if (view.manifest.agent !== null)
    wanted.set(view.host.id, askBack(view, view.manifest.agent, settings, nowMs));
  const refused = [...agents.refused, { version, reason, atMs: nowMs }].slice(-REFUSED_MAX);
  const message = `agent ${version} is refused: ${reason}; no other host gets it, publish another one`;
  return {
    ...NOTHING,
    wanted,
    memory: { ...agents, refused },
    decisions: [{ code: 'agent-refused', subject: view.host.id, stack: null, message, audit: true }],
  };
}

/** Whoever was asked and does not run it yet is asked no more. */
function takeBack(
  hosts: readonly HostView[],
  release: AgentRelease,
  { settings }: Snapshot,
  nowMs: number,
): Map<HostId, WantedAgent> {
  return new Map(
    hosts.flatMap((view) => {
      const agent = underWay(view, release);
      return agent === null ? [] : [[view.host.id, askBack(view, agent, settings, nowMs)] as const];
    }),
  );
}

/** Nobody has run it for the whole watch yet: one host does, the others wait. */
function tryCanary(
  hosts: readonly HostView[],
  release: AgentRelease,
  snapshot: Snapshot,
  nowMs: number,
): UpgradePlan {
  const { agents, settings } = snapshot;
  const { version } = release;
  const behind = hosts.filter((view) => runningOf(view) !== version);
  const isAsked = ({ manifest }: HostView): boolean => manifest.agent?.version === version;
  // A host that was booted with it is as good a canary as one that was asked.
  const canaries = hosts.filter((view) => runningOf(view) === version && isWell(view));
  if (behind.length === 0 && !canaries.some(isAsked)) return NOTHING;
  const untilMs = canaries.map((view) => (runningSinceMs(view) ?? nowMs) + settings.upgradeWatchMs);
  const proof = canaries.find((_, index) => (untilMs[index] ?? Infinity) <= nowMs);
  if (proof !== undefined) {
    const proven = { ...agents, proven: version };
    const seconds = settings.upgradeWatchMs / 1000;
    const message = `${proof.host.id} has run agent ${version} for ${seconds} s and is well; ${rest(behind.length)}`;
    const plan = nextWave(hosts, release, { ...snapshot, agents: proven }, nowMs);
    const told: Decision = { code: 'agent-proven', subject: proof.host.id, stack: null, message };
    return { ...plan, memory: proven, decisions: [told, ...plan.decisions] };
  }
  const asked = hosts.flatMap((view) => underWay(view, release) ?? []);
  if (asked.length + canaries.length + hosts.filter(isAsked).length > 0)
    return { ...NOTHING, wakeAtMs: earliest([...untilMs, ...asked.map(deadlineOf)]) };
  const canary = behind.find(isWell);
  if (canary === undefined) return NOTHING;
  const wish = askFor(canary, release, settings, nowMs);
  const seconds = settings.upgradeWatchMs / 1000;
  const message = `${canary.host.id} tries agent ${version} first (it runs ${wish.from}); when it has been well with it for ${seconds} s the others follow, else it goes back`;
  return {
    ...NOTHING,
    wanted: new Map([[canary.host.id, wish]]),
    decisions: [{ code: 'agent-canary', subject: canary.host.id, stack: null, message }],
    wakeAtMs: deadlineOf(wish),
  };
}

const rest = (count: number): string =>
  count === 0 ? 'no other host runs another one' : count === 1 ? 'one more follows' : `${count} more follow`;

/** A proven version: some at a time, the oldest hosts first. One that cannot get it is asked again, after the others. */
function nextWave(
  hosts: readonly HostView[],
  release: AgentRelease,
  { settings }: Snapshot,
  nowMs: number,
): UpgradePlan {
  const { version } = release;
  const well = hosts.filter(isWell);
  const asked = hosts.filter((view) => underWay(view, release) !== null);
  const decisions: Decision[] = [];
  const wanted = new Map<HostId, WantedAgent>();
  const tell = ({ host }: HostView, code: Decision['code'], message: string) =>
    decisions.push({ code, subject: host.id, stack: null, message });
  for (const view of asked) {
    const wish = underWay(view, release);
    if (wish === null || nowMs < deadlineOf(wish)) continue;
    wanted.set(view.host.id, askBack(view, wish, settings, nowMs));
    const said = failureOf(view, wish)?.reason ?? 'it says nothing';
    tell(
      view,
      'agent-overdue',
      `${view.host.id} has not got agent ${version} by its deadline: ${said}; it is asked again`,
    );
  }
  const room = Math.max(1, Math.ceil(well.length * WAVE_SHARE)) - asked.length;
  const behind = well
    .filter((view) => runningOf(view) !== version && !asked.includes(view))
    .sort((a, b) => lastAskedMs(a) - lastAskedMs(b) || byAge(a, b));
  for (const view of behind.slice(0, Math.max(0, room))) {
    const wish = askFor(view, release, settings, nowMs);
    wanted.set(view.host.id, wish);
    tell(view, 'agent-upgrading', `${view.host.id} goes from agent ${wish.from} to ${version}`);
  }
  const deadlines = asked.flatMap((view) => underWay(view, release) ?? []).map(deadlineOf);
  return { wanted, memory: null, decisions, wakeAtMs: earliest(deadlines.filter((atMs) => atMs > nowMs)) };
}

const lastAskedMs = ({ manifest }: HostView): number => manifest.agent?.askedAtMs ?? 0;
const deadlineOf = ({ askedAtMs }: WantedAgent): number => askedAtMs + UPGRADE_DEADLINE_MS;
const earliest = (times: readonly number[]): number | null =>
  times.length === 0 ? null : Math.min(...times);
/** As `berth hosts` lists them. */
const byAge = ({ host: a }: HostView, { host: b }: HostView): number =>
  a.requestedAtMs - b.requestedAtMs || (a.id < b.id ? -1 : 1);
