/** Small full clusters for tests of preemption, and how they go on: passes, and tasks that end. */
import { decideCluster, type ClusterPlan } from '../../../../functions/core/decide-cluster.ts';
import { NO_RULES, type PlacementRules } from '../../../../functions/core/model/placement.ts';
import type { Host } from '../../../../functions/core/model/host.ts';
import type { ServiceSpec } from '../../../../functions/core/model/service-spec.ts';
import type { HostView, Snapshot } from '../../../../functions/core/model/snapshot.ts';
import type { Assignment, TaskReport } from '../../../../functions/core/model/task.ts';
import {
  assignment,
  directoryName,
  head,
  host,
  hostView,
  MIB,
  NOW,
  revision,
  serviceSpec,
  snapshot,
  taskReport,
} from '../../../support/builders.ts';

export const OLD_MS = 600_000;

/** Sized by CPU: a host has 2000. */
export interface ServiceScene extends Partial<PlacementRules> {
  readonly replicas?: number;
  readonly cpuMillis?: number;
  readonly spec?: Partial<ServiceSpec>;
}

export interface TaskScene extends Partial<Assignment> {
  /** `a`: the host `h-a`. */
  readonly on: string;
  readonly service: string;
  /** Absent: ten minutes. */
  readonly ageMs?: number;
  readonly report?: Partial<TaskReport>;
}

export interface Scene {
  readonly services: Readonly<Record<string, ServiceScene>>;
  readonly tasks: readonly TaskScene[];
  readonly hosts?: Readonly<Record<string, Partial<Host>>>;
  readonly over?: Partial<Snapshot>;
}

export function scene({ services, tasks, hosts = {}, over = {} }: Scene): Snapshot {
  const specs = Object.fromEntries(
    Object.entries(services).map(([name, one]): [string, ServiceSpec] => [name, specOf(one)]),
  );
  const names = [...new Set([...tasks.map(({ on }) => on), ...Object.keys(hosts)])].sort();
  return snapshot({
    stacks: [head()],
    revisions: [revision(specs)],
    hosts: names.map((name) => viewOf(name, hosts[name] ?? {}, tasks, specs)),
    ...over,
  });
}

function specOf({ replicas = 1, cpuMillis = 1000, spec, ...rules }: ServiceScene): ServiceSpec {
  return serviceSpec({
    replicas,
    resources: { reservedCpuMillis: cpuMillis, reservedMemoryBytes: 8 * MIB, limitPids: 10 },
    placement: { ...NO_RULES, ...rules },
    ...spec,
  });
}

function viewOf(
  name: string,
  over: Partial<Host>,
  tasks: readonly TaskScene[],
  specs: Readonly<Record<string, ServiceSpec>>,
): HostView {
  const own = tasks.filter(({ on }) => on === name);
  const there = own.map(({ on: _, ageMs = OLD_MS, report: __, ...one }, index) => {
    const { resources, placement } = specs[one.service] ?? serviceSpec();
    return assignment(name, {
      task: `${one.service}-${one.slot ?? 1}-${name}${index}` as Assignment['task'],
      ports: [{ name: 'http', container: 8080, protocol: 'tcp', host: 20_001 + index }],
      cpuMillis: resources.reservedCpuMillis,
      memoryBytes: resources.reservedMemoryBytes,
      pids: resources.limitPids,
      priority: placement?.priority,
      createdAtMs: NOW - ageMs,
      wantedAtMs: NOW - ageMs,
      ...one,
    });
  });
  const reports = there.map(({ task }, index) => taskReport(task, own[index]?.report));
  return hostView(host(name, over), there, reports);
}

export const pass = (state: Snapshot, nowMs = NOW): ClusterPlan => decideCluster(state, nowMs, 'seed');

/** The replicas that a plan takes away, and from where: `batch-1 on h-a`. */
export const preempted = (state: Snapshot, plan: ClusterPlan): string[] => {
  const before = new Map(
    state.hosts.flatMap(({ manifest }) => manifest.assignments.map((one) => [one.task, one.wanted] as const)),
  );
  return plan.manifests
    .flatMap(({ host: id, assignments }) =>
      assignments
        .filter(
          ({ task, wanted, leavesFor }) =>
            leavesFor !== undefined && wanted === 'drain' && before.get(task) === 'run',
        )
        .map(({ service, slot }) => `${service}-${slot} on ${id}`),
    )
    .sort();
};

/** Where a plan places what: `web-1 on h-a`. */
export const placed = (plan: ClusterPlan, state: Snapshot): string[] => {
  const before = new Set(state.hosts.flatMap(({ manifest }) => manifest.assignments.map(({ task }) => task)));
  return plan.manifests
    .flatMap(({ host: id, assignments }) =>
      assignments
        .filter(({ task }) => !before.has(task))
        .map(({ service, slot }) => `${service}-${slot} on ${id}`),
    )
    .sort();
};

/** Why each slot of a service waits, as it is stored. */
export const waits = (plan: ClusterPlan, service: string): string[] =>
  Object.values(plan.services.find((one) => one.service === service)?.slots ?? {}).map(
    ({ reason }) => reason,
  );

/** The state once a plan is stored; what it placed runs and is healthy. */
export function stored(state: Snapshot, plan: ClusterPlan): Snapshot {
  const manifests = new Map(plan.manifests.map((one) => [one.host, one]));
  const services = new Map(state.services.map((one) => [`${one.stack}/${one.service}`, one]));
  for (const one of plan.services)
    services.set(`${one.stack}/${one.service}`, { ...one, version: one.version + 1 });
  const hosts = state.hosts.map((view): HostView => {
    const next = manifests.get(view.host.id);
    if (next === undefined) return view;
    const told = new Map(view.report?.tasks.map((one) => [one.task, one]));
    const tasks = next.assignments.map(({ task }) => told.get(task) ?? taskReport(task));
    const manifest = { ...view.manifest, ...next };
    return { ...view, manifest, report: view.report && { ...view.report, tasks } };
  });
  return { ...state, services: [...services.values()], hosts };
}

/** Tasks that are on their way out have left DNS and ended: all of them, or those that are named. */
export function ended(state: Snapshot, isIt: (one: Assignment) => boolean = () => true): Snapshot {
  const gone = state.hosts.flatMap(({ manifest }) =>
    manifest.assignments.filter((one) => one.wanted !== 'run' && isIt(one)).map(({ task }) => task),
  );
  const out = {
    ...({ state: 'leaving', plan: 1, ttlSeconds: 0, serving: false } as const),
    ...({ final: true, outAtMs: NOW - OLD_MS } as const),
  };
  const entries = Object.fromEntries(gone.map((task) => [task, out]));
  return {
    ...state,
    directory: { ...state.directory, names: [directoryName('all', entries)] },
    hosts: state.hosts.map((view) => ({
      ...view,
      report: view.report && {
        ...view.report,
        tasks: view.report.tasks.map((one) =>
          gone.includes(one.task) ? { ...one, phase: 'stopped' as const } : one,
        ),
      },
    })),
  };
}

/** No host can come for them, as was found just now. */
export const noHostFor = (...replicas: readonly string[]): Pick<Snapshot, 'offerings'> => ({
  offerings: {
    ...snapshot().offerings,
    inVain: replicas.map((replica) => ({ replica, digest: 'd1', atMs: NOW })),
  },
});
