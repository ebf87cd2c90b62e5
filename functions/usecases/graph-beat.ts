/** A beat as points of graphs: pure. A service's values on one host are one point, so that its mean is one of replicas. */
import type { Assignment, HostLease } from '../core/model/task.ts';
import type { TaskUsage } from '../core/model/usage.ts';
import type { ClusterSettings } from '../core/model/cluster.ts';
import type { GraphPoint, GraphValue } from './ports.ts';

export function graphBeat(
  setting: ClusterSettings['metrics'],
  lease: HostLease,
  assignments: readonly Assignment[],
): readonly GraphPoint[] {
  if (setting === 'none') return [];
  const points = servicePoints(lease, assignments);
  return setting === 'all' ? [...points, hostPoint(lease)] : points;
}

function hostPoint({
  host,
  receivedAtMs: atMs,
  cpuPercent,
  memoryPercent,
  diskPercent,
}: HostLease): GraphPoint {
  const percent = (name: string, value: number): GraphValue => ({ name, unit: 'Percent', values: [value] });
  const values = [
    percent('cpuPercent', cpuPercent),
    percent('memoryPercent', memoryPercent),
    percent('diskPercent', diskPercent),
  ];
  return { atMs, dimensions: { host }, values };
}

function servicePoints(
  { usage, receivedAtMs: atMs }: HostLease,
  assignments: readonly Assignment[],
): readonly GraphPoint[] {
  const byTask = new Map(usage?.map((each) => [each.task, each]));
  const services = new Map<string, { at: Assignment; usages: TaskUsage[] }>();
  for (const at of assignments) {
    const found = byTask.get(at.task);
    if (found === undefined) continue;
    const key = `${at.stack}/${at.service}`;
    const service = services.get(key) ?? { at, usages: [] };
    service.usages.push(found);
    services.set(key, service);
  }
  return [...services.values()].map(({ at: { stack, service }, usages }) => ({
    atMs,
    dimensions: { stack, service },
    values: valuesOf(usages),
  }));
}

function valuesOf(usages: readonly TaskUsage[]): readonly GraphValue[] {
  const names = new Set(usages.flatMap(({ metrics }) => Object.keys(metrics)));
  return [
    { name: 'cpuMillis', unit: 'None', values: usages.map((each) => each.cpuMillis) },
    { name: 'memoryBytes', unit: 'Bytes', values: usages.map((each) => each.memoryBytes) },
    ...[...names].map((name): GraphValue => ({
      name,
      unit: 'None',
      values: usages.flatMap(({ metrics }) => metrics[name] ?? []),
    })),
  ];
}
