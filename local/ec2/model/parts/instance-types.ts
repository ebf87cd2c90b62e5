/**
 * The instance types that the local EC2 offers: sizes as published on the instance type pages, read 22 Nov 2026.
 * A type that is not here does not exist for the local EC2.
 */

export interface InstanceType {
  readonly name: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly vcpus: number;
  readonly memoryMib: number;
  /** Threads a core: 2 for x86 types, 1 for Graviton. */
  readonly threadsPerCore: 1 | 2;
  /** T types have CPU credits. */
  readonly burstable: boolean;
}

/** vCPUs and MiB by size. */
type Sizes = Readonly<Record<string, readonly [vcpus: number, memoryMib: number]>>;

const BURSTABLE: Sizes = {
  nano: [2, 512],
  micro: [2, 1024],
  small: [2, 2048],
  medium: [2, 4096],
  large: [2, 8192],
  xlarge: [4, 16_384],
};
const MEMORY: Sizes = { large: [2, 16_384], xlarge: [4, 32_768], '2xlarge': [8, 65_536] };
const COMPUTE: Sizes = { large: [2, 4096], xlarge: [4, 8192], '2xlarge': [8, 16_384] };
const GENERAL: Sizes = { large: [2, 8192], xlarge: [4, 16_384], '2xlarge': [8, 32_768] };

const family = (
  name: string,
  architecture: InstanceType['architecture'],
  sizes: Sizes,
  burstable = false,
): InstanceType[] =>
  Object.entries(sizes).map(([size, [vcpus, memoryMib]]) => ({
    name: `${name}.${size}`,
    architecture,
    vcpus,
    memoryMib,
    threadsPerCore: architecture === 'arm64' ? 1 : 2,
    burstable,
  }));

export const INSTANCE_TYPES: ReadonlyMap<string, InstanceType> = new Map(
  [
    ...family('t3', 'x86_64', BURSTABLE, true),
    ...family('t4g', 'arm64', BURSTABLE, true),
    ...family('c7i', 'x86_64', COMPUTE),
    ...family('c7g', 'arm64', COMPUTE),
    ...family('m7i', 'x86_64', GENERAL),
    ...family('m7g', 'arm64', GENERAL),
    ...family('r7i', 'x86_64', MEMORY),
    ...family('r7g', 'arm64', MEMORY),
  ].map((type) => [type.name, type]),
);
