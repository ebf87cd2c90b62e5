/** The row that a placement becomes in its host's manifest. */
import { replicaName, taskId } from '../model/ids.ts';
import type { Assignment } from '../model/task.ts';
import { token } from '../random.ts';
import type { Placement } from './plan.ts';

/** Room for the longest service name in a container's name. */
const NAME_MAX = 48;

export function assignmentOf(placement: Placement, nowMs: number, seed: string): Assignment {
  const { needs } = placement;
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
    createdAtMs: nowMs,
    wantedAtMs: nowMs,
    reason: placement.reason,
  };
}
