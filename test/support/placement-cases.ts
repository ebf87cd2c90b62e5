/** Small whole values of placement, and worlds of any kind for properties of it. */
import fc from 'fast-check';
import {
  NO_RULES,
  type HostImage,
  type PlacementRules,
  type Taint,
} from '../../functions/core/model/placement.ts';
import type { Candidate, TaskNeeds } from '../../functions/core/scheduling/needs.ts';
import { assignmentOf } from '../../functions/core/scheduling/assignment.ts';
import type { PlacementPlan } from '../../functions/core/scheduling/plan.ts';
import { MIB, NOW } from './builders.ts';

export const needs = (over: Partial<TaskNeeds> = {}): TaskNeeds => ({
  stack: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  digest: 'd1',
  architecture: 'x86_64',
  cpuMillis: 100,
  memoryBytes: 64 * MIB,
  pids: 100,
  ports: [{ name: 'http', container: 80, protocol: 'tcp' }],
  maxReplicasPerHost: undefined,
  ...over,
});

export const rules = (over: Partial<PlacementRules>): PlacementRules => ({ ...NO_RULES, ...over });

export const candidate = (id: string, over: Partial<Candidate> = {}): Candidate => ({
  id,
  architecture: 'x86_64',
  schedulable: { cpuMillis: 2000, memoryBytes: 1024 * MIB, pids: 1000 },
  assignments: [],
  ended: new Set(),
  ...over,
});

/** The hosts once the plan is carried out. */
export function carriedOut(candidates: readonly Candidate[], plan: PlacementPlan, seed: string): Candidate[] {
  const byHost = Map.groupBy(plan.placed, ({ host }) => host);
  return candidates.map((host) => ({
    ...host,
    assignments: [
      ...host.assignments,
      ...(byHost.get(host.id) ?? []).map((one) => assignmentOf(one, NOW, seed)),
    ],
  }));
}

export interface PlacementWorld {
  readonly batch: readonly TaskNeeds[];
  readonly hosts: readonly Candidate[];
  readonly seed: string;
}

const SERVICES = ['a', 'b', 'c', 'd'] as const;
const service = fc.constantFrom(...SERVICES);
const some = <T>(of: fc.Arbitrary<T>, maxLength = 1) => fc.array(of, { maxLength });
const rarely = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 3 });
const taint: fc.Arbitrary<Taint> = fc.record({
  key: fc.constantFrom('gpu', 'batch'),
  value: fc.constantFrom('', 'only'),
});

const anyRules: fc.Arbitrary<PlacementRules> = fc.record({
  pool: fc.option(fc.constantFrom('default', 'fast'), { nil: undefined, freq: 8 }),
  constraints: some(
    fc.record({
      key: fc.constantFrom(
        'node.labels.disk',
        'node.labels.zone',
        'node.labels.instance-type',
        'node.hostname',
        'node.platform.arch',
        'node.labels.none',
      ),
      operator: fc.constantFrom('==' as const, '!=' as const),
      value: fc.constantFrom('ssd', 'z1', 'h-1', 'amd64', 't3.small'),
    }),
  ),
  spread: some(fc.constantFrom('node.labels.zone', 'node.labels.rack', 'node.hostname'), 2),
  affinity: some(service),
  antiAffinity: some(service),
  tolerations: some(
    fc.record({ key: fc.constantFrom('gpu', 'batch'), value: rarely(fc.constantFrom('', 'only')) }),
    2,
  ),
  priority: fc.constantFrom(20, 50, 80),
});

const anyService = fc.record({
  cpuMillis: fc.integer({ min: 0, max: 1500 }),
  memoryBytes: fc.integer({ min: 0, max: 900 }).map((mib) => mib * MIB),
  pids: fc.integer({ min: 1, max: 400 }),
  diskBytes: rarely(fc.constantFrom(100, 800)),
  gpus: rarely(
    fc.constantFrom(
      { count: 1, sharePercent: 40 },
      { count: 1, sharePercent: 100 },
      { count: 2, sharePercent: 100 },
    ),
  ),
  image: rarely(fc.constantFrom('x:1', 'y:1')),
  architecture: fc.constantFrom('x86_64' as const, 'x86_64' as const, 'arm64' as const),
  maxReplicasPerHost: rarely(fc.integer({ min: 1, max: 3 })),
  replicas: fc.integer({ min: 1, max: 6 }),
  rules: fc.option(anyRules, { nil: undefined }),
});

const anyImages: fc.Arbitrary<HostImage[]> = fc.subarray(['x:1', 'y:1']).map((names) =>
  names.map((image) => ({
    image,
    layers: [
      { id: 'base', bytes: 100 * MIB },
      { id: image, bytes: 60 * MIB },
    ],
  })),
);

const anyHost = fc.record({
  architecture: fc.constantFrom('x86_64' as const, 'x86_64' as const, 'arm64' as const),
  cpuMillis: fc.constantFrom(1000, 2000, 4000),
  memoryBytes: fc.constantFrom(512, 1024, 4096).map((mib) => mib * MIB),
  gpus: rarely(fc.constantFrom(['g0'], ['g0', 'g1'])),
  diskBytes: rarely(fc.constantFrom(500, 2000)),
  zone: fc.constantFrom('z1', 'z2', null),
  disk: rarely(fc.constantFrom('ssd', 'hdd')),
  rack: rarely(fc.constantFrom('r1', 'r2')),
  pool: fc.constantFrom('default', 'fast'),
  taints: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(taint) }),
  images: rarely(anyImages),
  unavailable: fc.option(fc.constant('is draining'), { nil: undefined, freq: 8 }),
});

/** Four services of one stack with any number of replicas, on any few hosts, some of which have tasks of the same. */
export const anyWorld: fc.Arbitrary<PlacementWorld> = fc
  .record({
    services: fc.tuple(anyService, anyService, anyService, anyService),
    hosts: fc.array(anyHost, { maxLength: 7 }),
    there: fc.array(
      fc.record({ host: fc.nat(6), service: fc.nat(3), slot: fc.integer({ min: 1, max: 6 }) }),
      {
        maxLength: 8,
      },
    ),
    failed: rarely(fc.nat(6)),
    seed: fc.string({ maxLength: 4 }),
  })
  .map(({ services, hosts, there, failed, seed }) => {
    const specs = services.map((one, index) =>
      needs({ ...one, service: SERVICES[index] ?? 'a', digest: `d${index}` }),
    );
    const full = specs.map((one) => ({
      ...one,
      avoidedBy: specs
        .filter((other) => other.rules?.antiAffinity.includes(one.service) === true)
        .map((other) => other.service),
    }));
    const batch = full.flatMap((one) =>
      Array.from({ length: one.replicas ?? 1 }, (_, index) => ({
        ...one,
        slot: index + 1,
        ...(failed !== undefined && index === 0 ? { failedOn: [`h-${failed}`] } : {}),
      })),
    );
    return { batch, hosts: hosts.map((host, index) => hostOf(host, index, full, there)), seed };
  });

type AnyHost = typeof anyHost extends fc.Arbitrary<infer T> ? T : never;

function hostOf(
  host: AnyHost,
  index: number,
  specs: readonly TaskNeeds[],
  there: readonly { host: number; service: number; slot: number }[],
): Candidate {
  const { cpuMillis, memoryBytes, gpus, diskBytes, zone, disk, rack, pool, taints } = host;
  const labels = { ...(disk === undefined ? {} : { disk }), ...(rack === undefined ? {} : { rack }) };
  const assignments = there
    .filter((one) => one.host === index)
    .flatMap((one, at) => {
      const spec = specs[one.service];
      if (spec === undefined) return [];
      const ports = spec.ports.map((port) => ({ ...port, host: 20_000 + at }));
      const small = { ...spec, slot: one.slot, cpuMillis: 10, memoryBytes: MIB, pids: 1, gpus: undefined };
      const placement = { needs: { ...small, diskBytes: undefined }, host: `h-${index}`, ports, reason: '' };
      return [assignmentOf(placement, NOW, `there/${at}`)];
    });
  return candidate(`h-${index}`, {
    architecture: host.architecture,
    schedulable: { cpuMillis, memoryBytes, pids: 1000, diskBytes, gpus },
    assignments,
    zone,
    instanceType: index % 2 === 0 ? 't3.small' : 't3.large',
    pool: { name: pool, labels, taints },
    images: host.images,
    unavailable: host.unavailable,
  });
}
