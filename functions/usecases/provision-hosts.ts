/**
 * The provision loop: from tasks without a host to instances, and from instances to rows; see `launch-hosts.ts`
 * for launches. It alone writes host rows, but for registrations and drains, and it alone touches EC2. Every answer of EC2
 * is a reason in `events`.
 */
import { decideCluster } from '../core/decide-cluster.ts';
import { obituaries, questionable } from '../core/health/obituaries.ts';
import { judgeHosts, type HostJudgement } from '../core/health/judge-hosts.ts';
import { judgeDockers } from '../core/health/silent-docker.ts';
import { outdatedNeighbours } from '../core/health/neighbours.ts';
import { claimInstances } from '../core/hosts/claims.ts';
import { isDrained } from '../core/hosts/empty-hosts.ts';
import { unwantedIntents } from '../core/hosts/garbage.ts';
import { nextHostStep, type HostStep } from '../core/hosts/next-steps.ts';
import { tornBatches } from '../core/hosts/torn-batches.ts';
import type { Host } from '../core/model/host.ts';
import type { InstanceView } from '../core/model/instance.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { orphanCollector } from './collect-orphans.ts';
import { ThrottledError } from './errors.ts';
import { recordDecisions } from './record-decisions.ts';
import { requestPace, type RequestPace } from './request-pace.ts';
import { tellDrain } from './tell-drain.ts';
import { runAlone, type PassResult, type RunOutcome } from './run-alone.ts';
import { askForHosts } from './ask-for-hosts.ts';
import { foundHost, launchHosts, nameHost, type LaunchDeps } from './launch-hosts.ts';
import { priceReader } from './read-prices.ts';
import { replaceHosts } from './replace-hosts.ts';
import { keepAfterAll, letGo } from './let-go.ts';
import { remember } from './offering-memory.ts';
import { row, save, type ProvisionDeps } from './provision-session.ts';

export type { ProvisionDeps } from './provision-session.ts';

/** Waits longer than this are left to the tick. */
export const STAY_MAX_MS = 5_000;

export function provisionHosts(deps: ProvisionDeps): () => Promise<RunOutcome> {
  const collect = orphanCollector(deps);
  const pace = requestPace(deps.clock);
  const readPrices = priceReader(deps);
  return async () => {
    const seen: Snapshot[] = [];
    const load = async (): Promise<Snapshot> => {
      seen[0] = await deps.load();
      return seen[0];
    };
    const outcome = await runAlone({ loop: 'provision', ...deps }, () =>
      pass({ ...deps, load }, pace, collect),
    );
    // Another run may decide meanwhile: nothing waits for a price list that is slow.
    if (outcome === 'done' && seen[0] !== undefined) await readPrices(seen[0]);
    return outcome;
  };
}

async function pass(
  ports: ProvisionDeps,
  pace: RequestPace,
  collect: ReturnType<typeof orphanCollector>,
): Promise<PassResult> {
  // The cloud first: an instance whose intent was written before it was launched then has its row.
  const instances = await ports.launcher.list();
  const snapshot = await ports.load();
  const deps: LaunchDeps = { ...ports, pace, memory: remember(ports.offerings, snapshot.offerings) };
  const rows = snapshot.hosts.map((view) => view.host);
  const nowMs = deps.clock.nowMs();
  const { impaired, fault } = await askForEvidence(deps, rows);
  const judged = judgeHosts(snapshot, obituaries(rows, instances, impaired), nowMs);
  if (await carryOut(deps, judged, rows)) return { againInMs: 0 };
  if (await drainSilentDockers(deps, snapshot, judged.frozen, nowMs)) return { againInMs: 0 };
  const plan = decideCluster(snapshot, nowMs, 'provision');
  // What seems to be needed by nobody may be for a service of which nothing is decided now.
  const isWhole = snapshot.leftOut.rows.length === 0;
  if (!judged.frozen && isWhole && (await cancelIntents(deps, snapshot, plan.unplaced)))
    return { againInMs: 0 };
  if (!judged.frozen && (await keepAfterAll(deps, snapshot, plan))) return { againInMs: 0 };
  const dueAtMs = await stepAll(deps, snapshot, instances);
  // While so many hosts are silent nobody knows what is missing: nothing is launched.
  if (!judged.frozen) {
    const asked = await askForHosts(deps, snapshot, plan);
    if (asked.written) dueAtMs.push(nowMs);
    if (asked.againAtMs !== null) dueAtMs.push(asked.againAtMs);
    if (!asked.written && isWhole && (await replaceHosts(deps, snapshot, plan))) dueAtMs.push(nowMs);
  }
  // Also while it is frozen: then nothing is surplus, and that is noted.
  const surplusAtMs = isWhole ? await letGo(deps, snapshot, plan) : null;
  if (surplusAtMs !== null) dueAtMs.push(surplusAtMs);
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

/** Resolves with when hosts are to be looked at again. */
async function stepAll(
  deps: LaunchDeps,
  snapshot: Snapshot,
  instances: readonly InstanceView[],
): Promise<number[]> {
  const { settings, hosts } = snapshot;
  const rows = hosts.map((view) => view.host);
  const nowMs = deps.clock.nowMs();
  const claims = claimInstances(rows, instances);
  const torn = tornBatches(rows);
  const steps = hosts.map((view) =>
    nextHostStep(view.host, instances, {
      settings,
      nowMs,
      drained: isDrained(view, nowMs),
      claimed: claims.get(view.host.id),
      torn: torn.has(view.host.launch.batch),
    }),
  );
  const dueAtMs: (number | null)[] = [];
  for (const step of steps) dueAtMs.push(await act(deps, step, { rows, instances }));
  const claimed = [...claims].map(([id, { instanceId }]) => ({
    ...(rows.find((one) => one.id === id) as Host),
    instanceId,
  }));
  const launches = steps.flatMap((step) => (step.kind === 'launch' ? [step.host] : []));
  const batches = Map.groupBy(launches, ({ launch }) => launch.clientToken);
  for (const waiting of batches.values())
    dueAtMs.push(await launchHosts(deps, waiting, { rows: [...rows, ...claimed], instances }));
  return dueAtMs.map((at) => at ?? Number.POSITIVE_INFINITY);
}

/** Resolves with when to look at that host again; null: whenever something happens. Launches are made together, later. */
async function act(
  deps: LaunchDeps,
  step: HostStep,
  seen: { readonly rows: readonly Host[]; readonly instances: readonly InstanceView[] },
): Promise<number | null> {
  switch (step.kind) {
    case 'launch':
      return null;
    case 'found':
      return foundHost(deps, step.host, step.instance, seen);
    case 'name': {
      const againAtMs = await nameHost(deps, step.host);
      return againAtMs ?? step.wakeAtMs;
    }
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
      // Told before the row is gone, which alone knows of it: killed in between, it is told twice, and never lost.
      if (step.reason !== undefined)
        await recordDecisions(deps, 'provision', [row('host-launch-failed', step.host, step.reason)]);
      await deps.hosts.removeHost(step.host.id, step.host.version);
      return step.reason === undefined ? null : deps.clock.nowMs();
    case 'none':
      return step.wakeAtMs;
  }
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
async function cancelIntents(
  deps: ProvisionDeps,
  snapshot: Snapshot,
  unplaced: ReturnType<typeof decideCluster>['unplaced'],
): Promise<boolean> {
  const unwanted = unwantedIntents(snapshot, unplaced, deps.clock.nowMs());
  for (const host of unwanted) await terminate(deps, host, 'no task waits for it any more');
  return unwanted.length > 0;
}
