/** A cluster to place into, and what is to be placed: from a seed, so that every run measures the same. */
import { taskId } from '../../functions/core/model/ids.ts';
import {
  NO_RULES,
  type HostImage,
  type PlacementRules,
  type PoolTraits,
} from '../../functions/core/model/placement.ts';
import type { Assignment } from '../../functions/core/model/task.ts';
import { hash32 } from '../../functions/core/random.ts';
import { schedulable, type Candidate, type TaskNeeds } from '../../functions/core/scheduling/needs.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Stable numbers from names: 0 up to `below`. */
const pick = (name: string, below: number): number => hash32(`bench/${name}`) % below;
const oneOf = <T>(name: string, items: readonly T[]): T => {
  const item = items[pick(name, items.length)];
  if (item === undefined) throw new RangeError('there is nothing to choose from');
  return item;
};

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;
const SIZES = [
  { type: 'm7g.large', cpuMillis: 2000, memoryBytes: 8 * GIB },
  { type: 'm7g.xlarge', cpuMillis: 4000, memoryBytes: 16 * GIB },
  { type: 'c7g.2xlarge', cpuMillis: 8000, memoryBytes: 16 * GIB },
  { type: 'r7g.xlarge', cpuMillis: 4000, memoryBytes: 32 * GIB },
] as const;
const POOLS: readonly PoolTraits[] = [
  { name: 'default', labels: { disk: 'hdd' }, taints: [] },
  { name: 'fast', labels: { disk: 'ssd' }, taints: [] },
  { name: 'batch', labels: { disk: 'hdd' }, taints: [{ key: 'batch', value: 'only' }] },
];

/** Services of the bench; each is a spec of its own. */
export function benchServices(count: number): TaskNeeds[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `s${index}`;
    const stack = `stack${index % 50}`;
    // Services of one stack are 50 apart.
    const neighbour = `s${(index + 50) % count}`;
    const rules: PlacementRules = {
      ...NO_RULES,
      pool: pick(`${name}/pool`, 20) === 0 ? 'fast' : undefined,
      constraints: [
        ...(pick(`${name}/ssd`, 8) === 0
          ? [{ key: 'node.labels.disk', operator: '==' as const, value: 'ssd' }]
          : []),
        ...(pick(`${name}/zone`, 10) === 0
          ? [{ key: 'node.labels.zone', operator: '!=' as const, value: oneOf(`${name}/which`, ZONES) }]
          : []),
      ],
      affinity: pick(`${name}/near`, 6) === 0 ? [neighbour] : [],
      antiAffinity: pick(`${name}/far`, 6) === 1 ? [neighbour] : [],
      tolerations: pick(`${name}/batch`, 4) === 0 ? [{ key: 'batch', value: 'only' }] : [],
      priority: oneOf(`${name}/priority`, [50, 50, 50, 20, 80]),
    };
    return {
      stack,
      service: name,
      slot: 1,
      revision: 1,
      digest: name,
      architecture: pick(`${name}/arch`, 10) === 0 ? 'x86_64' : 'arm64',
      cpuMillis: oneOf(`${name}/cpu`, [10, 20, 50, 100, 200]),
      memoryBytes: oneOf(`${name}/memory`, [16, 32, 64, 128, 512]) * MIB,
      pids: oneOf(`${name}/pids`, [50, 100, 512]),
      ports: Array.from({ length: pick(`${name}/ports`, 3) }, (__, port) => ({
        name: `p${port}`,
        container: 8080 + port,
        protocol: 'tcp' as const,
      })),
      maxReplicasPerHost: pick(`${name}/max`, 4) === 0 ? 8 : undefined,
      diskBytes: pick(`${name}/disk`, 10) === 0 ? 256 * MIB : undefined,
      gpus: pick(`${name}/gpu`, 100) === 0 ? { count: 1, sharePercent: 10 } : undefined,
      image: `image${index % 100}:latest`,
      replicas: 1 + pick(`${name}/replicas`, 40),
      rules,
    };
  });
}

/** So many hosts, each with tasks of those services until about that share of its CPU or memory is reserved. */
export function benchHosts(count: number, services: readonly TaskNeeds[], full: number): Candidate[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `h-${hash32(`bench/host/${index}`).toString(36)}${index}`;
    const size = oneOf(`${id}/size`, SIZES);
    const capacity = schedulable({
      cpuMillis: size.cpuMillis,
      memoryBytes: size.memoryBytes,
      pids: 30_000,
      diskBytes: 30 * GIB,
      gpus: pick(`${id}/gpu`, 50) === 0 ? ['gpu-0', 'gpu-1'] : undefined,
    });
    const assignments: Assignment[] = [];
    let [cpuMillis, memoryBytes] = [0, 0];
    for (let task = 0; ; task += 1) {
      const one = services[pick(`${id}/${task}`, services.length)];
      if (one === undefined) break;
      cpuMillis += one.cpuMillis;
      memoryBytes += one.memoryBytes;
      if (cpuMillis > capacity.cpuMillis * full || memoryBytes > capacity.memoryBytes * full) break;
      assignments.push(assignmentOf(one, 1000 + index, task));
    }
    return {
      id,
      architecture: pick(`${id}/arch`, 10) === 0 ? 'x86_64' : 'arm64',
      schedulable: capacity,
      assignments,
      ended: new Set<string>(),
      pool: oneOf(`${id}/pool`, POOLS),
      zone: oneOf(`${id}/zone`, ZONES),
      instanceType: size.type,
      images: Array.from({ length: 10 }, (__, image) => imageOf(pick(`${id}/image/${image}`, 100))),
    };
  });
}

/** Three layers of its own on one of ten bases. */
function imageOf(number: number): HostImage {
  const own = [1, 2, 3].map((layer) => ({ id: `i${number}l${layer}`, bytes: layer * 20 * MIB }));
  return { image: `image${number}:latest`, layers: [{ id: `base${number % 10}`, bytes: 80 * MIB }, ...own] };
}

function assignmentOf(needs: TaskNeeds, slot: number, task: number): Assignment {
  return {
    task: taskId(`${needs.service}-${slot}-${task}`),
    stack: needs.stack,
    service: needs.service,
    slot,
    revision: 1,
    digest: needs.digest,
    wanted: 'run',
    ports: needs.ports.map((port, index) => ({ ...port, host: 20_000 + task * 3 + index })),
    cpuMillis: needs.cpuMillis,
    memoryBytes: needs.memoryBytes,
    pids: needs.pids,
    diskBytes: needs.diskBytes,
    createdAtMs: 0,
    wantedAtMs: 0,
    reason: '',
  };
}

/** So many tasks, spread over the services by chance. */
export function benchBatch(count: number, services: readonly TaskNeeds[]): TaskNeeds[] {
  const slots = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const needs = services[pick(`batch/${index}`, services.length)];
    if (needs === undefined) throw new RangeError('there are no services');
    const slot = (slots.get(needs.service) ?? 0) + 1;
    slots.set(needs.service, slot);
    return { ...needs, slot };
  });
}
