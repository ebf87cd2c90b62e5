/** The stacks of a simulated cluster: specs by a few knobs, so that a deploy is a small, readable thing. */
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
    resources: { reservedCpuMillis: 150, reservedMemoryBytes: 150 * MIB, limitPids: 100 },
    ...(knobs.checked ? { healthcheck: { test: ['CMD', 'true'], intervalMs: 1000 } } : {}),
    ...(knobs.spread ? { maxReplicasPerHost: 1 } : {}),
  });
}

/** Whether a stack like this can ever converge. */
export const isSound = (stack: StackKnobs): boolean => Object.values(stack).every(isSoundService);
export const isSoundService = ({ program, image }: ServiceKnobs): boolean =>
  (program === 'serves' || program === 'deaf') && image !== MISSING_IMAGE;
