/** What operators see of a service's autoscaler: a look at this moment, and the time line of those before. */
import type { AutoscaleStatus, ScaleTimeline } from '../../contract/scale-api.ts';
import { pointOf } from '../core/autoscaling/after-look.ts';
import { lookAt, usagesOf, type Look } from '../core/autoscaling/look.ts';
import { manualOf } from '../core/autoscaling/wanted-replicas.ts';
import { NOTHING_PROPOSED, type AutoscaleMemory, type ScalePoint } from '../core/model/autoscale.ts';
import { replicaName, serviceKey } from '../core/model/ids.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { onePerSlot } from '../core/rollout/one-per-slot.ts';
import { protectionOf, selfProtected } from '../core/rollout/protection.ts';
import { serviceTargets, type ServiceTarget } from '../core/rollout/targets.ts';
import { isServing, viewTasks } from '../core/rollout/task-view.ts';
import { NotFoundError } from './errors.ts';
import { findService, scalingOf, type FindServiceDeps, type ServiceName } from './find-service.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import type { Clock, StackStore, Timeline } from './ports.ts';

export interface DescribeScaleDeps extends FindServiceDeps {
  readonly load: LoadSnapshot;
  readonly stacks: StackStore;
  readonly timeline: Timeline;
  readonly clock: Clock;
}

/** Two weeks of a service that moves each minute: what fits into an answer. */
export const POINTS_MAX = 5000;

/** @throws NotFoundError when there is no such service */
export function getAutoscale(deps: DescribeScaleDeps): (name: ServiceName) => Promise<AutoscaleStatus> {
  return async ({ stack, service }) => {
    const snapshot = await deps.load();
    const nowMs = deps.clock.nowMs();
    const target = serviceTargets(snapshot, nowMs).get(serviceKey(stack, service));
    if (target === undefined) throw new NotFoundError(`there is no service ${service} in a stack ${stack}`);
    return statusOf(target, snapshot, nowMs, await documentSpec(deps, target));
  };
}

/** As the document has it, sources of metrics and all. */
async function documentSpec({ stacks }: DescribeScaleDeps, { stack, service, revision }: ServiceTarget) {
  const stored = await stacks.getRevision(stack, revision);
  return stored?.spec.services[service]?.autoscale ?? null;
}

function statusOf(
  target: ServiceTarget,
  snapshot: Snapshot,
  nowMs: number,
  spec: AutoscaleStatus['spec'],
): AutoscaleStatus {
  const all = viewTasks(snapshot);
  const own = all.filter(
    ({ assignment }) => assignment.stack === target.stack && assignment.service === target.service,
  );
  const memory = target.scale?.memory ?? NOTHING_PROPOSED;
  const look = lookAt(target, own, memory, { usages: usagesOf(snapshot.hosts, all, nowMs), nowMs });
  const manual = manualOf(target.spec, target.scale);
  const current = onePerSlot(own.filter(({ assignment }) => assignment.wanted === 'run'));
  return {
    ...scalingOf(target, nowMs),
    spec,
    manual: manual && {
      min: manual.min,
      max: manual.max,
      by: manual.by,
      at: new Date(manual.atMs).toISOString(),
    },
    running: current.filter(({ phase }) => phase === 'running').length,
    healthy: current.filter(isServing).length,
    ...decided(look, nowMs),
    ...pauses(target, memory, nowMs),
    replicaLoads: look === null ? [] : replicaLoads(look, snapshot),
  };
}

function decided(
  look: Look | null,
  nowMs: number,
): Pick<AutoscaleStatus, 'proposed' | 'direction' | 'reason' | 'heldUntil' | 'loads'> {
  if (look === null)
    return {
      ...{ proposed: null, direction: 'hold', heldUntil: null, loads: [] },
      reason: 'it is not autoscaled',
    };
  const { proposed, direction, reason, wakeAtMs } = look.decision;
  return {
    proposed,
    direction,
    reason,
    heldUntil: timeOf(wakeAtMs ?? null),
    loads: pointOf(look, 0, nowMs).loads.slice(),
  };
}

function pauses(
  { spec }: ServiceTarget,
  { lastOutAtMs, lastInAtMs }: AutoscaleMemory,
  nowMs: number,
): Pick<AutoscaleStatus, 'lastOutAt' | 'lastInAt' | 'cooldownOutMs' | 'cooldownInMs'> {
  const left = (atMs: number | null, pauseMs = 0): number =>
    atMs === null ? 0 : Math.max(0, atMs + pauseMs - nowMs);
  return {
    lastOutAt: timeOf(lastOutAtMs),
    lastInAt: timeOf(lastInAtMs),
    cooldownOutMs: left(lastOutAtMs, spec.autoscale?.cooldownOutMs),
    cooldownInMs: left(lastInAtMs, spec.autoscale?.cooldownInMs),
  };
}

function replicaLoads(
  { target, targets, tasks, loads }: Look,
  { hosts }: Snapshot,
): AutoscaleStatus['replicaLoads'] {
  const protection = protectionOf(target.spec, selfProtected(hosts));
  return tasks
    .map((view, at) => ({
      slot: view.assignment.slot,
      replica: replicaName(target.service, view.assignment.slot),
      task: view.assignment.task,
      host: view.host.id,
      isReady: loads[at]?.isReady ?? false,
      loads: targets.map((one, index) => ({
        target: one.kind === 'metric' ? one.name : one.kind,
        load: loads[at]?.usage[index] ?? null,
        aim: one.kind === 'metric' ? one.value : one.percent,
        of: loads[at]?.of?.[index] ?? null,
      })),
      protection: protection(view),
    }))
    .sort((a, b) => a.slot - b.slot)
    .map(({ slot: _slot, ...row }) => row);
}

const timeOf = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());

/** @throws NotFoundError when there is no such service */
export function getTimeline(
  deps: DescribeScaleDeps,
): (query: ServiceName & { readonly sinceMs: number }) => Promise<ScaleTimeline> {
  return async ({ stack, service, sinceMs }) => {
    await findService(deps, { stack, service });
    const points = await deps.timeline.list({ stack, service, sinceMs, limit: POINTS_MAX });
    return { stack, service, points: points.map(pointView) };
  };
}

const pointView = ({ stack: _stack, service: _service, atMs, loads, ...point }: ScalePoint) => ({
  at: new Date(atMs).toISOString(),
  ...point,
  loads: loads.slice(),
});
