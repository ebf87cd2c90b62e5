/** The row that a placement becomes in its host's manifest. */
import { replicaName, taskId } from '../model/ids.ts';
import { DEFAULT_PRIORITY } from '../model/placement.ts';
import type { Assignment } from '../model/task.ts';
import { token } from '../random.ts';
import { rulesOf } from './needs.ts';
import type { Placement } from './plan.ts';

/** Room for the longest service name in a container's name. */
const NAME_MAX = 48;

export function assignmentOf(placement: Placement, nowMs: number, seed: string): Assignment {
  const { needs, gpus } = placement;
  const { priority } = rulesOf(needs);
  const suffix = token(`${seed}/${needs.stack}/${needs.service}/${needs.slot}/${needs.digest}`, 8);
  return {
    task: taskId(`${replicaName(needs.service.slice(0, NAME_MAX), needs.slot)}-${suffix}`),
    stack: needs.stack,
    service: needs.service,
    slot: needs.slot,
    revision: needs.revision,
    digest: needs.digest,
    wanted: 'run',
    ports: placement.ports,
    cpuMillis: needs.cpuMillis,
    memoryBytes: needs.memoryBytes,
    pids: needs.pids,
    // What most tasks do not have makes no row longer.
    ...((needs.diskBytes ?? 0) > 0 ? { diskBytes: needs.diskBytes } : {}),
    ...(gpus === undefined ? {} : { gpus, gpuSharePercent: needs.gpus?.sharePercent }),
    ...(priority === DEFAULT_PRIORITY ? {} : { priority }),
    createdAtMs: nowMs,
    wantedAtMs: nowMs,
    reason: placement.reason,
  };
}
