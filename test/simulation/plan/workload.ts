/** The stacks of a simulated cluster: specs by a few knobs, so that a deploy is a small, readable thing. */
import type { AutoscaleSpec } from '../../../contract/autoscale-spec.ts';
import type { PlacementSpec } from '../../../contract/placement-spec.ts';
import type { ServiceSpec, StackSpec } from '../../../contract/stack-spec.ts';
import { service } from '../../support/stacks.ts';
import type { ProgramName } from '../world/programs.ts';

/** What may be wanted of a service. */
export interface ServiceKnobs {
  readonly replicas: number;
  /** Changes with each new version: another digest. */
  readonly version: number;
  readonly program: ProgramName;
  readonly checked: boolean;
  readonly image: string;
  readonly spread: boolean;
  /** Higher ones take the room of lower ones at once. Absent: none. */
  readonly priority?: number;
  /** A replica fills most of a host. */
  readonly large?: boolean;
  /** Replicas follow a load of so many thousandths of a vCPU that all share. */
  readonly autoscale?: Bounds & { readonly cpuMillis: number };
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type StackKnobs = Readonly<Record<string, ServiceKnobs>>;

export const IMAGES = ['shop-web', 'shop-api', 'shop-worker'] as const;
export const MISSING_IMAGE = 'no-such-image';
/** Never to be seen in decisions and errors (I23). */
export const CANARY = 'canary-7f3a9c';

const MIB = 1024 * 1024;

export function specOf(name: string, stack: StackKnobs): StackSpec {
  const services = Object.entries(stack).map(([key, knobs]) => [key, serviceOf(knobs)] as const);
  return { name, services: Object.fromEntries(services) };
}

function serviceOf(knobs: ServiceKnobs): ServiceSpec {
  return service({
    image: knobs.image,
    command: [knobs.program],
    environment: { VERSION: String(knobs.version), PASSWORD: CANARY },
    replicas: knobs.replicas,
    resources: {
      reservedCpuMillis: 150,
      reservedMemoryBytes: (knobs.large === true ? 1700 : 150) * MIB,
      limitPids: 100,
    },
    ...(knobs.priority === undefined ? {} : { placement: ranked(knobs.priority) }),
    ...(knobs.autoscale === undefined ? {} : { autoscale: followLoad(knobs.autoscale) }),
    ...(knobs.checked ? { healthcheck: { test: ['CMD', 'true'], intervalMs: 1000 } } : {}),
    ...(knobs.spread ? { maxReplicasPerHost: 1 } : {}),
  });
}

const ranked = (priority: number): PlacementSpec => ({
  ...{ constraints: [], spread: [], affinity: [], antiAffinity: [], tolerations: [] },
  ...{ priority, preempt: 'atOnce' },
});

/** What a replica carries at its target: 60 % of what it reserves. */
export const TARGET_MILLIS = 90;

const followLoad = ({ min, max }: Bounds): AutoscaleSpec => ({
  ...{ min, max, targets: [{ kind: 'cpu', percent: 60 }], tolerancePercent: 10, schedules: [] },
  ...{ windowOutMs: 30_000, stabilizationInMs: 120_000, cooldownOutMs: 0, cooldownInMs: 30_000 },
  ...{ stepOutMax: 1000, stepInMax: 1000 },
});

/** Whether a stack like this can ever converge. */
export const isSound = (stack: StackKnobs): boolean => Object.values(stack).every(isSoundService);
export const isSoundService = ({ program, image }: ServiceKnobs): boolean =>
  (program === 'serves' || program === 'deaf') && image !== MISSING_IMAGE;
