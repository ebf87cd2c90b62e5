/**
 * The reconcile loop: load, decide, commit, wake the others.
 *
 * Commits are single items, each on the version that was read. A conflict means that somebody wrote meanwhile: read and
 * decide again, at most ATTEMPTS_MAX times. What was learned of the agent's versions goes first, so that no host is asked
 * for a version that was just refused. Then manifests: a crash after them loses only words, and the next pass
 * finds the tasks placed. Each manifest's host is rung as soon as it is stored; a lost ring is made up for by a poll.
 */
import { decideCluster, type ClusterPlan } from '../core/decide-cluster.ts';
import { isWaiting, planDirectory } from '../core/discovery/plan-directory.ts';
import { hostsDue } from '../core/health/hosts-due.ts';
import { comingHosts } from '../core/hosts/plan-hosts.ts';
import { isDrained } from '../core/hosts/empty-hosts.ts';
import type { Host } from '../core/model/host.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { StackHead } from '../core/model/stack.ts';
import { perObject } from '../core/per-object.ts';
import { planPlacements } from '../core/scheduling/plan.ts';
import { ConflictError } from './errors.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type {
  AgentMemoryStore,
  Clock,
  DecisionLog,
  HostStore,
  Ids,
  LoopLeases,
  ScaleStore,
  StackStore,
  StoredDecision,
  Wakes,
} from './ports.ts';
import { recordDecisions } from './record-decisions.ts';
import { laterLook, type LaterLook } from './later-look.ts';
import { rowTeller } from './audit-rows.ts';
import { createRinger, type RingDeps, type Ringer } from './ring-hosts.ts';
import { runAlone, type PassResult, type RunOutcome } from './run-alone.ts';
import { drainRows } from './tell-drain.ts';
import { headRow } from './tell-head.ts';
import { settingsRows } from './tell-settings.ts';
import { unreadableTeller } from './tell-unreadable.ts';

export interface ReconcileDeps {
  readonly load: LoadSnapshot;
  readonly stacks: StackStore;
  readonly scales: Pick<ScaleStore, 'remove'>;
  readonly hosts: HostStore;
  readonly agents: AgentMemoryStore;
  readonly leases: LoopLeases;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile' | 'register' | 'provision'>;
  readonly sockets: RingDeps['sockets'];
  readonly doorbell: RingDeps['doorbell'];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly zone: string;
}

export const ATTEMPTS_MAX = 5;
export function reconcileCluster(deps: ReconcileDeps): () => Promise<RunOutcome> {
  const onDeadline = (): Promise<void> => deps.wakes.reconcile('the last run reached its deadline');
  const session: Session = {
    ...deps,
    tellRows: rowTeller(deps.decisions),
    auditRows: rowsOf(deps.ids),
    unread: unreadableTeller(),
    lookAt: laterLook((seconds) => deps.wakes.reconcile('something falls due', seconds)),
  };
  return () => runAlone({ loop: 'reconcile', ...deps, onDeadline }, () => pass(session));
}

interface Session extends ReconcileDeps {
  /** Of audit rows. */
  readonly tellRows: ReturnType<typeof rowTeller>;
  readonly auditRows: (snapshot: Snapshot) => StoredDecision[];
  readonly unread: ReturnType<typeof unreadableTeller>;
  readonly lookAt: LaterLook;
}

async function pass(deps: Session): Promise<PassResult> {
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = await deps.load();
    const plan = decideCluster(snapshot, deps.clock.nowMs(), deps.ids.seed());
    const ringer = createRinger(deps);
    try {
      await commit(deps, snapshot, plan, ringer);
      await wakeOthers(deps, applied(snapshot, plan), plan);
      return { againInMs: null };
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
    } finally {
      await ringer.settled();
    }
  }
}

async function commit(
  { hosts, stacks, scales, agents, tellRows, unread, ...deps }: Session,
  snapshot: Snapshot,
  plan: ClusterPlan,
  ringer: Ringer,
): Promise<void> {
  if (plan.agents !== null) await agents.put(plan.agents, plan.agents.version);
  const manifests = new Map(snapshot.hosts.map((view) => [view.host.id, view.manifest]));
  await Promise.all(
    plan.manifests.map(async ({ host, assignments, agent, generation }) => {
      const before = manifests.get(host) ?? { host, version: 0 };
      await hosts.putManifest({ ...before, assignments, agent, generation }, before.version);
      ringer.ring(host, generation);
    }),
  );
  await Promise.all([
    ...plan.services.map((state) => stacks.putService(state, state.version)),
    ...plan.removedServices.map((state) => stacks.removeService(state.stack, state.service, state.version)),
    ...plan.removedScales.map((one) => scales.remove(one.stack, one.service, one.version)),
    recordDecisions(deps, 'reconcile', [...plan.decisions, ...unread(snapshot.leftOut.rows)]),
    // Before a head may go, here or at the hands of whoever replaces it.
    tellRows(deps.auditRows(snapshot)),
  ]);
  await Promise.all(plan.removedStacks.map((head) => stacks.remove(head.name, head.version)));
}

/** Of all that is there and was changed by somebody. */
function rowsOf(ids: Ids): (snapshot: Snapshot) => StoredDecision[] {
  const ofHead = perObject((head: StackHead) => headRow(ids, head));
  const ofHost = perObject((host: Host) => drainRows(ids, host));
  return ({ stacks, hosts, settingsChange }) => [
    ...stacks.map(ofHead),
    ...hosts.flatMap(({ host }) => ofHost(host)),
    ...settingsRows(ids, settingsChange),
  ];
}

/** The snapshot as it is once the plan is stored. */
function applied(snapshot: Snapshot, plan: ClusterPlan): Snapshot {
  if (plan.manifests.length === 0) return snapshot;
  const next = new Map(plan.manifests.map((manifest) => [manifest.host, manifest]));
  const hosts = snapshot.hosts.map((view) => {
    const manifest = next.get(view.host.id);
    return manifest === undefined ? view : { ...view, manifest: { ...view.manifest, ...manifest } };
  });
  return { ...snapshot, hosts };
}

async function wakeOthers(deps: Session, snapshot: Snapshot, plan: ClusterPlan): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const wakes: Promise<void>[] = [];
  if (isWaiting(snapshot.directory) || planDirectory(snapshot, deps.zone, nowMs).names.length > 0) {
    wakes.push(deps.wakes.register('what runs differs from what is in DNS'));
  }
  const hosts = hostsDue(snapshot, nowMs);
  if (snapshot.hosts.some((view) => isDrained(view, nowMs)))
    wakes.push(deps.wakes.provision('a host is drained'));
  else if (hosts.now) wakes.push(deps.wakes.provision('a host is judged anew'));
  else if (needsHosts(snapshot, plan, nowMs)) wakes.push(deps.wakes.provision('tasks wait for a host'));
  const dueAtMs = Math.min(plan.wakeAtMs ?? Infinity, hosts.wakeAtMs ?? Infinity);
  wakes.push(deps.lookAt(dueAtMs, nowMs));
  await Promise.all(wakes);
}

/** Whether the hosts that are coming do not suffice. The provision loop decides anew; this only saves its runs. */
function needsHosts(snapshot: Snapshot, plan: ClusterPlan, nowMs: number): boolean {
  if (plan.unplaced.length === 0) return false;
  const needs = plan.unplaced.map((one) => one.needs);
  return planPlacements(needs, comingHosts(snapshot), nowMs, 'demand').unplaced.length > 0;
}
