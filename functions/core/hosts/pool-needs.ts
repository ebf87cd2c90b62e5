/** Which tasks a pool is for, and the room that it keeps free, as tasks. */
import type { Architecture } from '../model/cluster.ts';
import type { Headroom, Pool } from '../model/pool.ts';
import type { TaskNeeds } from '../scheduling/needs.ts';

/** A service of no stack: no name of a stack is empty. */
const NOBODY = '';

/** Nothing tolerates a taint unless it says so. */
export const poolTakes = (pool: Pool, _needs: TaskNeeds): boolean => pool.taints.length === 0;

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
