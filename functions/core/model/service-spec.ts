/** What decisions read of a service's spec. The contract's `ServiceSpec` fits it structurally. */
import type { AutoscaleSpec } from './autoscale.ts';
import type { GpuNeeds, PlacementRules } from './placement.ts';

export interface PortSpec {
  readonly name: string;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface ServiceSpec {
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly ports: readonly PortSpec[];
  readonly replicas: number;
  readonly maxReplicasPerHost?: number | undefined;
  readonly platform?: 'linux/amd64' | 'linux/arm64' | undefined;
  readonly restart: { readonly policy: 'no' | 'on-failure' | 'always' | 'unless-stopped' };
  readonly health?: { readonly deployGateMs: number } | undefined;
  /** Absent: as many replicas as the document says. */
  readonly autoscale?: AutoscaleSpec | undefined;
  readonly resources: {
    readonly reservedCpuMillis: number;
    readonly reservedMemoryBytes: number;
    readonly limitCpuMillis?: number | undefined;
    readonly limitMemoryBytes?: number | undefined;
    readonly limitPids: number;
    /** Absent: none. */
    readonly reservedDiskBytes?: number | undefined;
    readonly gpus?: GpuNeeds | undefined;
  };
  /** Absent: anywhere. */
  readonly placement?: PlacementRules | undefined;
}

/** One service of one revision. `digest` covers what a running container depends on: equal digest, no replacement. */
export interface RevisionService {
  readonly spec: ServiceSpec;
  readonly digest: string;
}

/** Immutable. `services` by name. */
export interface Revision {
  readonly stack: string;
  readonly number: number;
  readonly services: Readonly<Record<string, RevisionService>>;
}
