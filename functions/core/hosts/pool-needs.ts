/** Which tasks a pool is for, and the room that it keeps free, as tasks. */
import type { Architecture } from '../model/cluster.ts';
import type { Headroom, Pool } from '../model/pool.ts';
import { tolerates } from '../scheduling/host-labels.ts';
import { rulesOf, type TaskNeeds } from '../scheduling/needs.ts';
import type { TypeOption } from './offerings.ts';

/** A service of no stack: no name of a stack is empty. */
const NOBODY = '';

/** By the pool's name and taints; what a task asks of labels, types and zones is asked of each host that is imagined. */
export function poolTakes(pool: Pool, needs: TaskNeeds): boolean {
  const { pool: wanted, tolerations } = rulesOf(needs);
  return (
    (wanted === undefined || wanted === pool.name) && pool.taints.every((one) => tolerates(tolerations, one))
  );
}

const ZONE_LABEL = 'node.labels.zone';

/** Where a task asks for a zone, each type also in each of its zones alone: else EC2 chooses the zone. */
export function byZoneToo(
  options: readonly TypeOption[],
  tasks: readonly TaskNeeds[],
): readonly TypeOption[] {
  const areAsked = tasks.some((needs) => rulesOf(needs).constraints.some(({ key }) => key === ZONE_LABEL));
  if (!areAsked) return options;
  return options.flatMap((option) => {
    const zones = [...new Set(option.offerings.map(({ zone }) => zone))];
    const single = zones.map((zone) => ({
      ...option,
      offerings: option.offerings.filter((one) => one.zone === zone),
    }));
    return zones.length > 1 ? [option, ...single] : [option];
  });
}

export const headroomNeeds = (
  { count, cpuMillis, memoryBytes }: Headroom,
  architecture: Architecture,
): TaskNeeds[] =>
  Array.from({ length: count }, (_, index) => ({
    stack: NOBODY,
    service: 'headroom',
    slot: index + 1,
    revision: 1,
    digest: '',
    architecture,
    cpuMillis,
    memoryBytes,
    pids: 0,
    ports: [],
    maxReplicasPerHost: undefined,
  }));
