/**
 * A look at every service that is autoscaled: decide, store what is worth it, wake the loop that places replicas, and keep
 * the time line. Each service on its own: one that cannot be stored holds up no other, and is looked at again in 15 s.
 *
 * An operator may set bounds at the same time: a lost race is read again and decided again, a bounded number of times.
 * What was seen and not stored is kept in the process; another process begins with what is stored.
 */
import { afterLook, isWorthARow, memoryOf, pointOf } from '../core/autoscaling/after-look.ts';
import { lookAt, usagesOf, type Look, type Usages } from '../core/autoscaling/look.ts';
import type { ScalePoint, ServiceScale } from '../core/model/autoscale.ts';
import { isWatched } from '../core/model/host.ts';
import { serviceKey } from '../core/model/ids.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { serviceTargets, withScale, type ServiceTarget } from '../core/rollout/targets.ts';
import { viewTasks, type TaskView } from '../core/rollout/task-view.ts';
import { ConflictError } from './errors.ts';
import type { ScaleStore, Timeline, Wakes } from './ports.ts';
import { recordDecisions, type DecisionDeps } from './record-decisions.ts';

export interface ScaleServicesDeps extends DecisionDeps {
  readonly scales: Pick<ScaleStore, 'get' | 'put'>;
  readonly timeline: Timeline;
  readonly wakes: Pick<Wakes, 'reconcile'>;
}

export type ScaleServices = (snapshot: Snapshot, nowMs: number) => Promise<void>;

const ATTEMPTS_MAX = 3;
/** Requests to the table at once. */
const SERVICES_AT_ONCE = 16;

interface Session extends ScaleServicesDeps {
  /** Rows as this process saw them last, by service, with looks that were not stored. */
  readonly seen: Map<string, ServiceScale>;
  readonly points: Map<string, ScalePoint>;
}

interface Scene {
  readonly tasks: readonly TaskView[];
  readonly usages: Usages;
  readonly hosts: number;
  readonly nowMs: number;
}

export function scaleServices(deps: ScaleServicesDeps): ScaleServices {
  const session: Session = { ...deps, seen: new Map(), points: new Map() };
  return async (snapshot, nowMs) => {
    const targets = [...serviceTargets(snapshot, nowMs)].filter(
      ([, { spec }]) => spec.autoscale !== undefined,
    );
    forget(session, new Set(targets.map(([key]) => key)));
    if (targets.length === 0) return;
    const tasks = viewTasks(snapshot);
    const usages = usagesOf(snapshot.hosts, tasks, nowMs);
    const hosts = snapshot.hosts.filter(({ host }) => isWatched(host.state)).length;
    const byService = Map.groupBy(tasks, ({ assignment }) =>
      serviceKey(assignment.stack, assignment.service),
    );
    const errors: unknown[] = [];
    for (let from = 0; from < targets.length; from += SERVICES_AT_ONCE) {
      const looks = targets
        .slice(from, from + SERVICES_AT_ONCE)
        .map(([key, target]) =>
          lookAndStore(session, key, target, { tasks: byService.get(key) ?? [], usages, hosts, nowMs }),
        );
      for (const look of await Promise.allSettled(looks))
        if (look.status === 'rejected') errors.push(look.reason);
    }
    if (errors.length > 0) throw errors[0];
  };
}

function forget({ seen, points }: Session, keys: ReadonlySet<string>): void {
  for (const known of [seen, points]) for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
}

async function lookAndStore(
  session: Session,
  key: string,
  first: ServiceTarget,
  scene: Scene,
): Promise<void> {
  let target = first;
  for (let attempt = 1; ; attempt += 1) {
    const look = lookAt(target, scene.tasks, memoryOf(target.scale, session.seen.get(key)), scene);
    if (look === null) return;
    try {
      await conclude(session, key, look);
      await draw(session, key, look, scene);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
    }
    const scale = await session.scales.get(target.stack, target.service);
    // The service was removed, and its row with it.
    if (scale === null) return;
    // It may be our own write, whose answer was lost.
    if (scale.replicas !== target.scale?.replicas) await wake(session);
    target = withScale(target, scale, scene.nowMs);
  }
}

const wake = ({ wakes }: Session): Promise<void> =>
  wakes.reconcile('the autoscaler wants another number of replicas');

async function conclude(session: Session, key: string, look: Look): Promise<void> {
  const { scale, isStored, isChanged, decisions } = afterLook(look);
  if (!isStored) {
    session.seen.set(key, scale);
    return;
  }
  await session.scales.put(scale, scale.version);
  session.seen.set(key, { ...scale, version: scale.version + 1 });
  if (isChanged) await wake(session);
  await recordDecisions(session, 'tick', decisions);
}

async function draw(session: Session, key: string, look: Look, { hosts, nowMs }: Scene): Promise<void> {
  const point = pointOf(look, hosts, nowMs);
  if (!isWorthARow(point, session.points.get(key) ?? (await lastPoint(session, point)))) return;
  await session.timeline.append(point);
  session.points.set(key, point);
}

/** In a process that has drawn none yet. */
async function lastPoint({ timeline, points }: Session, point: ScalePoint): Promise<ScalePoint | undefined> {
  const { stack, service } = point;
  const [last] = await timeline.list({ stack, service, sinceMs: 0, limit: 1 });
  if (last !== undefined) points.set(serviceKey(stack, service), last);
  return last;
}
