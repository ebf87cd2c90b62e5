/** One service of a stack under a recorded load, with the product's own decision and placement. Pure. */
import { boundsAt } from '../autoscaling/bounds.ts';
import { decideAutoscale } from '../autoscaling/decide-autoscale.ts';
import { EXPECTED_PIDS, NOMINAL_MEMORY_SHARE } from '../hosts/imagined.ts';
import { NOTHING_PROPOSED, type AutoscaleSpec, type AutoscaleTarget } from '../model/autoscale.ts';
import { DEFAULT_SETTINGS } from '../model/cluster.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { needsOf } from '../scheduling/needs.ts';
import { hostGround } from './ground.ts';
import { replay, type Replayed } from './replay.ts';

export const LOOK_SECONDS = 15;
/** The pool's default, t4g.small, as EC2 describes it. */
export const DEFAULT_HOST = { cpuMillis: 2000, memoryBytes: 2 * 1024 ** 3 } as const;
export const HOSTS_MAX = DEFAULT_SETTINGS.pool.hostsMax;
/** How long a simulated host stays empty before it goes. */
export const EMPTY_SECONDS = 300;

export interface ServiceInput {
  readonly stack: string;
  readonly service: string;
  readonly spec: ServiceSpec;
  readonly autoscale: AutoscaleSpec;
  /** One value a second, in units of work. */
  readonly load: readonly number[];
  /** When the load begins; schedules go by it. */
  readonly startMs: number;
  /** Units of work a second with which a replica uses 100 % of its CPU. */
  readonly capacity: number;
  readonly startUpSeconds: number;
  readonly host: {
    /** As EC2 describes the type; what firmware and kernel keep is taken off here. */
    readonly cpuMillis: number;
    readonly memoryBytes: number;
    readonly startUpSeconds: number;
    readonly hostsMax: number;
  };
}

/** Memory does not follow the load in any way that a trace tells, so its targets are left out. */
export const isSimulated = ({ kind }: AutoscaleTarget): boolean => kind !== 'memory';

/** @throws RangeError if no target is left to decide by. */
export function simulateService(input: ServiceInput): Replayed {
  const targets = input.autoscale.targets.filter(isSimulated);
  if (targets.length === 0) throw new RangeError('no target is left to decide by');
  const spec = { ...input.autoscale, targets };
  const { cpuMillis, memoryBytes, startUpSeconds, hostsMax } = input.host;
  const { slot: _slot, ...needs } = needsOf(
    { stack: input.stack, service: input.service, slot: 0, revision: 1 },
    { spec: input.spec, digest: 'simulated' },
    DEFAULT_SETTINGS,
  );
  const usage = (perReplica: number): number[] =>
    targets.map(({ kind }) => (kind === 'metric' ? perReplica : (perReplica / input.capacity) * 100));
  return replay({
    load: input.load,
    capacity: input.capacity,
    startUpSeconds: input.startUpSeconds,
    lookSeconds: LOOK_SECONDS,
    startMs: input.startMs,
    replicas: atFirst(spec, usage(input.load[0] ?? 0), input.startMs),
    decide: (replicas, current, nowMs) =>
      decideAutoscale(spec, replicas, { ...current, bounds: null }, nowMs),
    memory: NOTHING_PROPOSED,
    usageOf: usage,
    ground: hostGround(
      {
        capacity: {
          cpuMillis,
          memoryBytes: Math.floor(memoryBytes * NOMINAL_MEMORY_SHARE),
          pids: EXPECTED_PIDS,
        },
        startUpSeconds,
        hostsMax,
        emptySeconds: EMPTY_SECONDS,
      },
      needs,
    ),
  });
}

/** As if it had run before under the load of the first second: `totals` are what one replica would use of each target. */
function atFirst(spec: AutoscaleSpec, totals: readonly number[], startMs: number): number {
  const wanted = spec.targets.map((target, index) =>
    Math.ceil((totals[index] ?? 0) / (target.kind === 'metric' ? target.value : target.percent)),
  );
  const { min, max } = boundsAt(spec, null, startMs);
  return Math.min(max, Math.max(min, ...wanted));
}
