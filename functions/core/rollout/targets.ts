/** What every service shall be, from the wanted revisions and what was scaled since, by `serviceKey`. */
import { wantedReplicas, type WantedReplicas } from '../autoscaling/wanted-replicas.ts';
import type { ServiceScale } from '../model/autoscale.ts';
import { serviceKey } from '../model/ids.ts';
import type { RevisionService } from '../model/service-spec.ts';
import type { Snapshot } from '../model/snapshot.ts';

export interface ServiceTarget extends RevisionService {
  readonly stack: string;
  readonly service: string;
  readonly revision: number;
  /** As many as are wanted now; `scaling` says by whom. */
  readonly replicas: number;
  readonly scaling: WantedReplicas;
  readonly scale: ServiceScale | null;
}

export type Targets = ReadonlyMap<string, ServiceTarget>;

export function serviceTargets(
  { stacks, revisions, scales }: Pick<Snapshot, 'stacks' | 'revisions' | 'scales'>,
  nowMs: number,
): Targets {
  const scaleOf = new Map(scales.map((one) => [serviceKey(one.stack, one.service), one]));
  const targets = new Map<string, ServiceTarget>();
  for (const head of stacks.filter((one) => one.wanted === 'present')) {
    const revision = revisions.find((one) => one.stack === head.name && one.number === head.revision);
    for (const [service, { spec, digest }] of Object.entries(revision?.services ?? {})) {
      const key = serviceKey(head.name, service);
      const bare = { stack: head.name, service, spec, digest, revision: head.revision };
      targets.set(key, withScale(bare, scaleOf.get(key) ?? null, nowMs));
    }
  }
  return targets;
}

export function withScale(
  target: Omit<ServiceTarget, 'replicas' | 'scaling' | 'scale'>,
  scale: ServiceScale | null,
  nowMs: number,
): ServiceTarget {
  const scaling = wantedReplicas(target.spec, scale, nowMs);
  return { ...target, replicas: scaling.replicas, scaling, scale };
}
