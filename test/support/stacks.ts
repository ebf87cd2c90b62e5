/** Stack specs for tests: the contract's form, whole. */
import type { ServiceSpec, StackSpec } from '../../contract/stack-spec.ts';

const MIB = 1024 * 1024;

export const service = (over: Partial<ServiceSpec> = {}): ServiceSpec => ({
  image: 'shop-web',
  environment: {},
  labels: {},
  ports: [{ name: 'http', container: 8080, protocol: 'tcp' }],
  restart: { policy: 'always' },
  stopGraceMs: 10_000,
  readOnly: false,
  tmpfs: {},
  capAdd: [],
  capDrop: [],
  init: false,
  replicas: 1,
  resources: { reservedCpuMillis: 100, reservedMemoryBytes: 64 * MIB, limitPids: 100 },
  ...over,
});

export const stack = (services: Record<string, ServiceSpec>, name = 'shop'): StackSpec => ({
  name,
  services,
});
