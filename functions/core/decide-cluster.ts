/**
 * One pass of the reconcile loop, as a pure function of (snapshot, now, seed).
 *
 * Input: everything that was read. Output: the manifests and service rows to write, what is finished, what waits for a
 * host, when to look again, and a reason for each of these. Written back and read again, the same pass decides nothing.
 */
import type { AgentMemory, WantedAgent } from './model/agent.ts';
import type { ServiceScale } from './model/autoscale.ts';
import type { Decision } from './model/decision.ts';
import { isScaleNeeded } from './autoscaling/wanted-replicas.ts';
import { isDeepEqual } from './deep-equal.ts';
import { replicaName, serviceKey, type HostId } from './model/ids.ts';
import { isComing, isGone } from './model/host.ts';
import type { ServiceState, StackHead } from './model/stack.ts';
import type { HostView, Snapshot } from './model/snapshot.ts';
import type { Assignment } from './model/task.ts';
import { hasLeftOut, isLeftOut } from './model/unreadable.ts';
import { isAtRest, noteRest, REST } from './rollout/at-rest.ts';
import { decideService, type ServiceStep } from './rollout/decide-service.ts';
import { selfProtected } from './rollout/protection.ts';
import { serviceStatus } from './rollout/service-status.ts';
import { taskEntries } from './rollout/out-of-dns.ts';
import { settleTask } from './rollout/settle-tasks.ts';
import { serviceTargets, type ServiceTarget } from './rollout/targets.ts';
import { tasksByService, viewTasks, type TaskView } from './rollout/task-view.ts';
import { decideUpgrade } from './upgrade/decide-upgrade.ts';
import { placeTasks } from './place-tasks.ts';
import type { TaskNeeds } from './scheduling/needs.ts';
import { assignmentOf } from './scheduling/assignment.ts';
import { waitingWords } from './scheduling/rooms.ts';
import type { PlacementPlan, Unplaced } from './scheduling/plan.ts';

export interface NextManifest {
  readonly host: HostId;
  /** Larger than any that this host's agent has told of. */
  readonly generation: number;
  readonly assignments: readonly Assignment[];
  readonly agent: WantedAgent | null;
}

export interface ClusterPlan {
  readonly manifests: readonly NextManifest[];
  /** What was learned of versions of the agent; stored before the manifests. Null: nothing. */
  readonly agents: AgentMemory | null;
  readonly services: readonly ServiceState[];
  readonly removedServices: readonly ServiceState[];
  /** Rows that say nothing any more. */
  readonly removedScales: readonly ServiceScale[];
  readonly removedStacks: readonly StackHead[];
  /** Those that are demand for a host: tasks for which others leave already are not. */
  readonly unplaced: readonly Unplaced[];
  readonly decisions: readonly Decision[];
  /** When something falls due that no event will announce; null: nothing does. */
  readonly wakeAtMs: number | null;
}

interface ServiceCase {
  readonly stack: string;
  readonly service: string;
  readonly target: ServiceTarget | null;
  readonly state: ServiceState | null;
  readonly tasks: readonly TaskView[];
  readonly step: ServiceStep;
  /** Nothing was to be done, and nothing changed since. */
  readonly rests: boolean;
}

export function decideCluster(snapshot: Snapshot, nowMs: number, seed: string): ClusterPlan {
  const tasks = viewTasks(snapshot);
  const cases = serviceCases(snapshot, tasks, nowMs);
  const decisions: Decision[] = [];
  const settled = settleAll(snapshot, tasks, cases, nowMs, decisions);
  const plan = placeTasks(snapshot, cases, settled.byHost, { nowMs, seed });
  decisions.push(...plan.decisions);
  for (const placement of plan.placed) {
    const assignment = assignmentOf(placement, nowMs, seed);
    settled.byHost.get(placement.host)?.push(assignment);
    decisions.push(
      about(assignment, 'task-placed', `${assignment.task} goes to ${placement.host}: ${placement.reason}`),
    );
  }
  const coming = comingHosts(snapshot);
  const outcomes = cases.map((one) => ({ ...one, status: statusOf(one, { plan, coming }, snapshot, nowMs) }));
  for (const one of outcomes) if (!one.rests) noteRest({ ...one, settings: snapshot.settings });
  const services = outcomes.flatMap(({ status }) => status ?? []);
  const changed = outcomes.flatMap(({ status, state }) =>
    status === null || isDeepEqual(status, state) ? [] : [{ status, state }],
  );
  decisions.push(...changed.flatMap(({ status, state }) => announce(status, state)));
  const removed = finished(snapshot, cases, decisions);
  const upgrade = decideUpgrade(snapshot, nowMs);
  decisions.push(...upgrade.decisions);
  const wakes = [
    ...settled.wakes,
    ...cases.map((one) => one.step.wakeAtMs),
    ...deadlines(services, snapshot),
    upgrade.wakeAtMs,
    // Replacements of what was taken away find their place in the next pass.
    plan.decisions.length > 0 ? nowMs : null,
  ];
  return {
    manifests: snapshot.hosts.flatMap((view) =>
      changedManifest(view, settled.byHost.get(view.host.id) ?? [], upgrade.wanted.get(view.host.id)),
    ),
    agents: upgrade.memory,
    services: changed.map(({ status }) => status),
    ...removed,
    unplaced: plan.unplaced.filter(({ room }) => room?.asksForHost !== false),
    decisions,
    wakeAtMs: earliest(wakes),
  };
}

/** Every service that is wanted, remembered, or still has tasks. */
function serviceCases(snapshot: Snapshot, tasks: readonly TaskView[], nowMs: number): ServiceCase[] {
  const targets = serviceTargets(snapshot, nowMs);
  const at = { settings: snapshot.settings, selfProtected: selfProtected(snapshot.hosts), nowMs };
  const byService = tasksByService(tasks);
  const states = new Map(snapshot.services.map((one) => [serviceKey(one.stack, one.service), one]));
  const keys = new Set([...targets.keys(), ...states.keys(), ...byService.keys()]);
  const decided = [...keys].sort().filter((key) => !isLeftOut(snapshot.leftOut, key));
  return decided.map((key) => {
    const [stack = '', service = ''] = key.split('/');
    const target = targets.get(key) ?? null;
    const state = states.get(key) ?? null;
    const own = byService.get(key) ?? [];
    const rests = isAtRest({ tasks: own, target, state, settings: snapshot.settings });
    const step = rests ? REST : decideService(target, state, own, at);
    return { stack, service, target, state, tasks: own, step, rests };
  });
}

/** Applies drains, clean-ups, stops and removals to a copy of every manifest. */
function settleAll(
  snapshot: Snapshot,
  tasks: readonly TaskView[],
  cases: readonly ServiceCase[],
  nowMs: number,
  decisions: Decision[],
): { byHost: Map<string, Assignment[]>; wakes: (number | null)[] } {
  const entries = taskEntries(snapshot.directory);
  const byHost = new Map<string, Assignment[]>(snapshot.hosts.map((view) => [view.host.id, []]));
  const wakes: (number | null)[] = [];
  const drains = new Map(
    cases.flatMap(({ step }) => step.drain.map(({ task, reason }) => [task.assignment.task, reason])),
  );
  const targets = new Map(
    cases.flatMap(({ tasks, target, rests }) =>
      rests ? [] : tasks.map((task) => [task.assignment.task, target]),
    ),
  );
  const failures = new Map(
    cases.flatMap(({ step }) => step.giveUp.map(({ task, reason }) => [task.assignment.task, reason])),
  );
  for (const task of tasks) {
    const keep = byHost.get(task.host.id);
    const drain = drains.get(task.assignment.task);
    const failure = failures.get(task.assignment.task);
    const settled = settleTask(task, entries, snapshot.settings.drainDeadlineMs, nowMs);
    if (settled.kind === 'remove') {
      decisions.push(
        about(task.assignment, 'task-removed', `${task.assignment.task} has ended and left DNS`),
      );
    } else if (failure !== undefined) {
      keep?.push({ ...task.assignment, wanted: 'stop', wantedAtMs: nowMs, reason: failure });
      decisions.push(
        about(task.assignment, 'task-failed', `${task.assignment.task} is given up: ${failure}`),
      );
    } else if (drain !== undefined) {
      keep?.push({ ...task.assignment, wanted: 'drain', wantedAtMs: nowMs, reason: drain });
      decisions.push(
        about(task.assignment, 'task-draining', `${task.assignment.task} leaves DNS, then stops: ${drain}`),
      );
    } else if (settled.kind === 'stop') {
      keep?.push(settled.assignment);
      const why = settled.deadline
        ? 'its drain is past the deadline'
        : 'Route 53 has confirmed its removal and the TTL is over';
      decisions.push(
        about(
          task.assignment,
          settled.deadline ? 'drain-deadline' : 'task-stopping',
          `${task.assignment.task} is stopped: ${why}`,
        ),
      );
    } else {
      keep?.push(adopted(task.assignment, targets.get(task.assignment.task)));
      wakes.push(settled.wakeAtMs);
    }
  }
  return { byHost, wakes };
}

/** A task whose container a newer revision leaves as it is belongs to that revision: its host reads the probes there. */
function adopted(assignment: Assignment, target: ServiceTarget | null | undefined): Assignment {
  const same = assignment.wanted === 'run' && assignment.digest === target?.digest;
  return same && assignment.revision < target.revision
    ? { ...assignment, revision: target.revision }
    : assignment;
}

function statusOf(
  one: ServiceCase,
  { plan, coming }: { readonly plan: PlacementPlan; readonly coming: string },
  { settings }: Snapshot,
  nowMs: number,
): ServiceState | null {
  const { stack, service, target, state, tasks, step } = one;
  if (one.rests) return state;
  if (target === null) {
    const rest = tasks.length;
    if (state === null || rest === 0) return null;
    const reason = `${rest} ${rest === 1 ? 'task' : 'tasks'} left: out of DNS first, then stopped`;
    return { ...state, state: 'removing', reason, running: rest, healthy: 0, slots: {} };
  }
  const isOwn = ({ needs }: { readonly needs: TaskNeeds }): boolean =>
    needs.stack === stack && needs.service === service;
  const waiting = new Map(
    plan.unplaced
      .filter(isOwn)
      .map((each) => [each.needs.slot, isMade(each) ? each.reason : `${each.reason}${coming}`]),
  );
  const placed = new Map(plan.placed.filter(isOwn).map(({ needs, host }) => [needs.slot, host]));
  const { slots, passedOver } = step;
  const input = { stack, service, target, previous: state, tasks, placed, waiting, slots, passedOver };
  return serviceStatus(input, settings, nowMs);
}

/** Others leave for it: no host that comes is for it. */
const isMade = ({ room }: Unplaced): boolean => (room?.host ?? null) !== null;

/** What a waiting task may hope for: `; 2 hosts are on their way`. */
function comingHosts({ hosts }: Snapshot): string {
  const count = hosts.filter(({ host }) => isComing(host.state)).length;
  if (count === 0) return '';
  return count === 1 ? '; one host is on its way' : `; ${count} hosts are on their way`;
}

function finished(
  snapshot: Snapshot,
  cases: readonly ServiceCase[],
  decisions: Decision[],
): Pick<ClusterPlan, 'removedServices' | 'removedScales' | 'removedStacks'> {
  const idle = cases.filter((one) => one.target === null && one.tasks.length === 0);
  const removedServices = idle.flatMap((one) => (one.state === null ? [] : [one.state]));
  const targets = new Map(cases.map((one) => [serviceKey(one.stack, one.service), one.target]));
  const removedScales = snapshot.scales.filter((scale) => {
    const spec = targets.get(serviceKey(scale.stack, scale.service))?.spec;
    return spec === undefined || !isScaleNeeded(spec, scale);
  });
  const removedStacks = snapshot.stacks.filter(
    (head) =>
      head.wanted === 'absent' &&
      !hasLeftOut(snapshot.leftOut, head.name) &&
      !cases.some((one) => one.stack === head.name && one.tasks.length > 0),
  );
  for (const head of removedStacks) {
    const message = `nothing of ${head.name} runs any more; its revisions are kept`;
    decisions.push({ code: 'stack-removed', subject: head.name, stack: head.name, message, audit: true });
  }
  return { removedServices, removedScales, removedStacks };
}

function announce(state: ServiceState, previous: ServiceState | null): Decision[] {
  const row = (code: Decision['code'], slot: number | null, message: string): Decision => {
    const subject =
      slot === null
        ? serviceKey(state.stack, state.service)
        : `${state.stack}/${replicaName(state.service, slot)}`;
    return { code, subject, stack: state.stack, message };
  };
  const rows: Decision[] = [];
  for (const [slot, memory] of Object.entries(state.slots)) {
    if (previous?.slots[slot]?.reason === memory.reason || memory.retryAtMs > 0) continue;
    rows.push(row('task-waiting', Number(slot), waitingWords(memory.reason)));
  }
  if (previous?.state === state.state && previous.digest === state.digest) return rows;
  if (state.state === 'converged') rows.push(row('service-converged', null, state.reason));
  if (state.state === 'failed') rows.push(row('service-failed', null, state.reason));
  return rows;
}

function deadlines(services: readonly ServiceState[], { settings }: Snapshot): number[] {
  return services
    .filter((state) => state.state === 'progressing')
    .map((state) => state.progressAtMs + settings.progressDeadlineMs + 1);
}

/**
 * Agents take no manifest that is older than theirs. One that went back (its row was lost, or the table restored) is
 * written again with a generation past what its agent holds, so that what is decided here counts.
 */
function changedManifest(
  { host, manifest, report, lease }: HostView,
  next: readonly Assignment[],
  wanted: WantedAgent | undefined,
): NextManifest[] {
  const before = manifest.assignments;
  const same = before.length === next.length && next.every((one, index) => one === before[index]);
  const held = Math.max(report?.generation ?? 0, lease?.generation ?? 0);
  if (same && wanted === undefined && (held <= manifest.generation || isGone(host.state))) return [];
  const generation = Math.max(manifest.generation, held) + 1;
  return [{ host: host.id, generation, assignments: next, agent: wanted ?? manifest.agent }];
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

const about = (assignment: Assignment, code: Decision['code'], message: string): Decision => ({
  code,
  subject: `${assignment.stack}/${replicaName(assignment.service, assignment.slot)}`,
  stack: assignment.stack,
  message,
});
