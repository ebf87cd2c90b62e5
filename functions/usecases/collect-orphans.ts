/** Terminates instances of ours that belong to no host, each with its reason; see `core/hosts/garbage.ts`. */
import { lookTwice, NO_MARKS, type Marks } from '../core/garbage/two-looks.ts';
import { orphans } from '../core/hosts/garbage.ts';
import { isAlive, type InstanceView } from '../core/model/instance.ts';
import type { LeftOut } from '../core/model/unreadable.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Clock, DecisionLog, HostLauncher, Ids } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';

export interface CollectDeps {
  readonly launcher: Pick<HostLauncher, 'terminate'>;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** One that somebody protected from termination is tried again after this long, and not told of again. */
export const KEPT_AGAIN_MS = 3_600_000;

/** `instances` must have been listed before `snapshot` was read. Resolves with when to look again; null: no need. */
export function orphanCollector(
  deps: CollectDeps,
): (instances: readonly InstanceView[], snapshot: Snapshot) => Promise<number | null> {
  let marks: Marks = NO_MARKS;
  const kept = new Map<string, number>();
  return async (instances, { hosts, settings, leftOut }) => {
    const nowMs = deps.clock.nowMs();
    const rows = hosts.map((view) => view.host);
    const found = orphans(unlessUnreadable(instances, leftOut), rows, settings, nowMs).filter(
      ({ key }) => (kept.get(key) ?? 0) <= nowMs,
    );
    const total = instances.filter(isAlive).length;
    const verdict = lookTwice(found, marks, { total, nowMs });
    marks = verdict.marks;
    for (const { instance, reason } of verdict.due) {
      const { instanceId, launchedAtMs } = instance;
      const age = Math.round((nowMs - launchedAtMs) / 1000);
      const why = `${reason}, though it bears the tag berth:cluster; launched ${age} s ago, seen twice`;
      const isNew = !kept.has(instanceId);
      if (isNew) await tell(deps, instanceId, 'garbage-deleted', `it is terminated: ${why}`);
      if (await deps.launcher.terminate(instanceId)) {
        if (kept.delete(instanceId))
          await tell(
            deps,
            instanceId,
            'garbage-deleted',
            `it is terminated, as nobody protects it any more: ${why}`,
          );
        continue;
      }
      kept.set(instanceId, nowMs + KEPT_AGAIN_MS);
      const then =
        'somebody protected it from termination, so it stays; end it by hand, or take the protection away';
      if (isNew) await tell(deps, instanceId, 'garbage-kept', `${why}; ${then}`);
    }
    return verdict.lookAtMs;
  };
}

/** While a host's row cannot be read, an instance is nobody's only if its tag names another host. */
const unlessUnreadable = (instances: readonly InstanceView[], { hosts }: LeftOut): readonly InstanceView[] =>
  hosts.size === 0 ? instances : instances.filter(({ host }) => host !== null && !hosts.has(host));

const tell = (
  deps: CollectDeps,
  subject: string,
  code: 'garbage-deleted' | 'garbage-kept',
  message: string,
): Promise<void> =>
  recordDecisions(deps, 'provision', [{ code, subject, stack: null, message, audit: true }]);
