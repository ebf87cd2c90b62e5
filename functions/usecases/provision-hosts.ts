/**
 * The provision loop: from tasks without a host to instances, and from instances to rows.
 *
 *   intent row -> RunInstances(client token of the intent) -> record
 *
 * Killed anywhere in between, the next pass looks the instance up by its tag, then asks again with the same token, to
 * which EC2 answers with the same instance. Every answer is a reason in `events`.
 */
import { decideCluster } from '../core/decide-cluster.ts';
import { afterLaunch } from '../core/hosts/after-launch.ts';
import { expectedCapacity, hostDemand } from '../core/hosts/demand.ts';
import { obituaries, questionable } from '../core/health/obituaries.ts';
import { judgeHosts, type HostJudgement } from '../core/health/judge-hosts.ts';
import { judgeDockers } from '../core/health/silent-docker.ts';
import { outdatedNeighbours } from '../core/health/neighbours.ts';
import { isDrained } from '../core/hosts/empty-hosts.ts';
import { unwantedIntents } from '../core/hosts/garbage.ts';
import { writeIntent } from '../core/hosts/intent.ts';
import { launchPauseUntilMs, nextHostStep, type HostStep } from '../core/hosts/next-steps.ts';
import type { Decision } from '../core/model/decision.ts';
import { isGone, type Host } from '../core/model/host.ts';
import type { InstanceView } from '../core/model/instance.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { orphanCollector } from './collect-orphans.ts';
import { ConflictError, ThrottledError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type { Clock, DecisionLog, HostLauncher, HostStore, Ids, LoopLeases, Wakes } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';
import { tellDrain } from './tell-drain.ts';
import { runAlone, type PassResult, type RunOutcome } from './run-alone.ts';

export interface ProvisionDeps {
  readonly load: LoadSnapshot;
  readonly hosts: HostStore;
  readonly launcher: HostLauncher;
  readonly leases: LoopLeases;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** RunInstances takes 2 calls a second once its bucket of 1,000 instances is used up. */
export const LAUNCHES_PER_PASS = 10;
/** Waits longer than this are left to the tick. */
export const STAY_MAX_MS = 5_000;

export function provisionHosts(deps: ProvisionDeps): () => Promise<RunOutcome> {
  const collect = orphanCollector(deps);
  return () => runAlone({ loop: 'provision', ...deps }, () => pass(deps, collect));
}

async function pass(deps: ProvisionDeps, collect: ReturnType<typeof orphanCollector>): Promise<PassResult> {
  // The cloud first: an instance whose intent was written before it was launched then has its row.
  const instances = await deps.launcher.list();
  const snapshot = await deps.load();
  const rows = snapshot.hosts.map((view) => view.host);
  const nowMs = deps.clock.nowMs();
  const { impaired, fault } = await askForEvidence(deps, rows);
  const judged = judgeHosts(snapshot, obituaries(rows, instances, impaired), nowMs);
  if (await carryOut(deps, judged, rows)) return { againInMs: 0 };
  if (await drainSilentDockers(deps, snapshot, judged.frozen, nowMs)) return { againInMs: 0 };
  // An intent may be for a service of which nothing is decided now.
  const mayCancel = !judged.frozen && snapshot.leftOut.rows.length === 0;
  if (mayCancel && (await cancelIntents(deps, snapshot))) return { againInMs: 0 };
  const steps = snapshot.hosts.map((view) =>
    nextHostStep(view.host, instances, snapshot.settings, nowMs, isDrained(view, nowMs)),
  );
  const dueAtMs: number[] = [];
  for (const step of steps) dueAtMs.push((await act(deps, step)) ?? Number.POSITIVE_INFINITY);
  // While so many hosts are silent nobody knows what is missing: nothing is launched.
  if (!judged.frozen && (await askForHosts(deps, snapshot))) dueAtMs.push(nowMs);
  const lookAtMs = judged.frozen ? null : await collect(instances, snapshot);
  if (fault !== null) throw fault as Error;
  const waitMs = Math.max(0, Math.min(...dueAtMs) - deps.clock.nowMs());
  if (waitMs <= STAY_MAX_MS) return { againInMs: waitMs };
  // The second look is worth staying for: there is seldom one.
  return { againInMs: lookAtMs === null ? null : Math.max(0, lookAtMs - deps.clock.nowMs()) };
}

/** What cannot be had now is no evidence: hosts are judged without it, and only then the fault is told. */
async function askForEvidence(
  { launcher }: ProvisionDeps,
  rows: readonly Host[],
): Promise<{ readonly impaired: ReadonlySet<string>; readonly fault: unknown }> {
  const ids = questionable(rows);
  if (ids.length === 0) return { impaired: new Set(), fault: null };
  try {
    return { impaired: await launcher.impaired(ids), fault: null };
  } catch (error) {
    return { impaired: new Set(), fault: error instanceof ThrottledError ? null : error };
  }
}

/** Stores verdicts on silent hosts, and who watches whom. True when rows changed: then everything is read again. */
async function carryOut(
  deps: ProvisionDeps,
  { verdicts, decisions }: HostJudgement,
  rows: readonly Host[],
): Promise<boolean> {
  for (const { next, decision } of verdicts) await save(deps, next, decision);
  await recordDecisions(deps, 'provision', decisions);
  if (verdicts.length > 0) {
    await deps.wakes.reconcile('hosts fell silent or are heard again');
    return true;
  }
  const watching = outdatedNeighbours(rows);
  for (const next of watching) await save(deps, next, null);
  return watching.length > 0;
}

/** True when rows changed: then everything is read again. */
async function drainSilentDockers(
  deps: ProvisionDeps,
  snapshot: Snapshot,
  frozen: boolean,
  nowMs: number,
): Promise<boolean> {
  const before = new Map(snapshot.hosts.map(({ host }) => [host.id, host]));
  const { next } = judgeDockers(snapshot, frozen, nowMs);
  for (const host of next) {
    await tellDrain(deps, before.get(host.id) ?? host);
    if (await save(deps, host, null)) await tellDrain(deps, host);
  }
  if (next.length > 0) await deps.wakes.reconcile('the Docker of a host is silent, or answers again');
  return next.length > 0;
}

/** Resolves with when to look at that host again; null: whenever something happens. */
async function act(deps: ProvisionDeps, step: HostStep): Promise<number | null> {
  switch (step.kind) {
    case 'launch':
      return launch(deps, step.host);
    case 'found':
      await found(deps, step.host, step.instance);
      return null;
    case 'terminate':
      await terminate(deps, step.host, step.reason);
      return null;
    case 'gone': {
      const next: Host = {
        ...step.host,
        state: 'terminated',
        reason: step.reason,
        retryAtMs: deps.clock.nowMs(),
      };
      await save(deps, next, row('host-gone', step.host, step.reason));
      await deps.wakes.reconcile('a host is gone');
      return null;
    }
    case 'forget':
      await tellDrain(deps, step.host);
      await deps.hosts.removeHost(step.host.id, step.host.version);
      return null;
    case 'none':
      return step.wakeAtMs;
  }
}

/** A launch that failed is due again in the next zone, or with the same token, as soon as its pause is over. */
async function launch(deps: ProvisionDeps, host: Host): Promise<number | null> {
  const { subnetIds } = await deps.launcher.launchOptions(host.launch.architecture);
  const outcome = await deps.launcher.launch(host.id, host.launch);
  const next = afterLaunch(host, outcome, subnetIds, deps.clock.nowMs());
  await save(deps, next.host, next.decision);
  return next.host.instanceId === null ? next.host.retryAtMs : null;
}

async function found(deps: ProvisionDeps, host: Host, instance: InstanceView): Promise<void> {
  const { instanceId, zone, address } = instance;
  const reason = `${instanceId} boots; its launch had happened without a record`;
  const next: Host = {
    ...host,
    state: 'booting',
    instanceId,
    zone,
    address,
    launchedAtMs: instance.launchedAtMs,
    reason,
  };
  await save(
    deps,
    next,
    row('host-found', host, `${instanceId} belongs to this intent (tag berth:host): ${reason}`),
  );
}

/** The row says so first: a registration that comes meanwhile is refused. */
async function terminate(deps: ProvisionDeps, host: Host, reason: string): Promise<void> {
  const next: Host = { ...host, state: 'terminating', reason, retryAtMs: deps.clock.nowMs() };
  const code = host.state === 'booting' ? 'host-registration-overdue' : 'host-gone';
  const told = host.state === 'terminating' ? null : row(code, host, `${reason}; it is terminated`);
  const saved = await save(deps, next, told);
  // Else somebody changed the row meanwhile, as by keeping the host after all: the next pass decides anew.
  if (saved && host.instanceId !== null) await deps.launcher.terminate(host.instanceId);
}

/** True when some were: then everything is read again. */
async function cancelIntents(deps: ProvisionDeps, snapshot: Snapshot): Promise<boolean> {
  const nowMs = deps.clock.nowMs();
  // Only then is there a chance of any, and the rest of the cluster worth looking at.
  if (!snapshot.hosts.some(({ host }) => host.state === 'requested')) return false;
  const { unplaced } = decideCluster(snapshot, nowMs, 'provision');
  const unwanted = unwantedIntents(snapshot, unplaced, nowMs);
  for (const host of unwanted) await terminate(deps, host, 'no task waits for it any more');
  return unwanted.length > 0;
}

/** True when intents were written: then the next pass launches them. */
async function askForHosts(deps: ProvisionDeps, snapshot: Snapshot): Promise<boolean> {
  const { settings } = snapshot;
  const nowMs = deps.clock.nowMs();
  const { unplaced } = decideCluster(snapshot, nowMs, 'provision');
  if (unplaced.length === 0) return false;
  const hosts = snapshot.hosts.map((view) => view.host);
  const nominal = await deps.launcher.sizeOf(settings.pool.instanceType);
  if (nominal === null) {
    await pool(
      deps,
      `EC2 knows no instance type ${settings.pool.instanceType}; set another one with "berth cluster set"`,
    );
    return false;
  }
  const expected = expectedCapacity(hosts, settings.pool.instanceType, nominal);
  const demand = hostDemand(snapshot, unplaced, expected, nowMs);
  if (demand.exhausted && demand.hosts === 0)
    await pool(deps, `tasks wait, but the pool has its ${settings.pool.hostsMax} hosts`);
  const count = Math.min(demand.hosts, LAUNCHES_PER_PASS);
  if (count === 0 || nowMs < launchPauseUntilMs(hosts)) return false;
  const options = await deps.launcher.launchOptions(settings.pool.architecture);
  const at = { nowMs, seed: deps.ids.seed(), hosts: hosts.filter((host) => !isGone(host.state)) };
  for (let index = 0; index < count; index += 1) {
    const intent = writeIntent(index, settings, options, expected, at);
    await save(
      deps,
      intent,
      row('host-requested', intent, `a ${settings.pool.instanceType} for ${unplaced.length} waiting tasks`),
    );
  }
  return true;
}

/** False when somebody else wrote the row meanwhile. */
async function save(deps: ProvisionDeps, host: Host, decision: Decision | null): Promise<boolean> {
  try {
    await deps.hosts.putHost(host, host.version);
  } catch (error) {
    // The agent registered meanwhile; what it wrote is newer. The next pass reads it.
    if (!(error instanceof ConflictError)) throw error;
    return false;
  }
  if (decision) await recordDecisions(deps, 'provision', [decision]);
  return true;
}

const row = (code: Decision['code'], host: Host, message: string): Decision => ({
  code,
  subject: host.id,
  stack: null,
  message,
});

async function pool(deps: ProvisionDeps, message: string): Promise<void> {
  const [last] = await deps.decisions.list({ limit: 1 });
  if (last?.message === message) return;
  await recordDecisions(deps, 'provision', [
    { code: 'pool-exhausted', subject: 'pool', stack: null, message },
  ]);
}
