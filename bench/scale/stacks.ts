/** What the bench deploys: services of a hundred replicas, ten in a stack, that fill four fifths of the hosts' processors. */
import type { ServiceSpec, StackSpec } from '../../contract/stack-spec.ts';
import { service } from '../../test/support/stacks.ts';

const MIB = 1024 * 1024;
export const REPLICA = { cpuMillis: 80, memoryBytes: 128 * MIB } as const;
/** Of a host of two vCPUs. */
export const REPLICAS_MAX_PER_HOST = Math.floor(2000 / REPLICA.cpuMillis);
export const REPLICAS_PER_HOST = 20;
const REPLICAS_PER_SERVICE = 100;
const SERVICES_PER_STACK = 10;

const web = (replicas: number): ServiceSpec =>
  service({
    image: 'registry.internal/shop/web:1.42.0',
    environment: { LOG_LEVEL: 'info', DATABASE_URL: 'postgres://db.data.berth.internal:5432/shop' },
    replicas,
    resources: {
      reservedCpuMillis: REPLICA.cpuMillis,
      reservedMemoryBytes: REPLICA.memoryBytes,
      limitPids: 200,
    },
  });

/** Stacks of so many replicas altogether. */
export function stacksOf(replicas: number): StackSpec[] {
  const count = Math.ceil(replicas / REPLICAS_PER_SERVICE);
  const sizes = Array.from({ length: count }, (_, index) =>
    Math.min(REPLICAS_PER_SERVICE, replicas - index * REPLICAS_PER_SERVICE),
  );
  return Array.from({ length: Math.ceil(count / SERVICES_PER_STACK) }, (_, at) => {
    const own = sizes.slice(at * SERVICES_PER_STACK, (at + 1) * SERVICES_PER_STACK);
    const services = own.map((size, index) => [`service-${index}`, web(size)] as const);
    return { name: `stack-${at}`, services: Object.fromEntries(services) };
  });
}

/** The one change: a stack of its own with one service. */
export const CHANGE_REPLICAS = 20;
export const changeStack = (number: number): StackSpec => ({
  name: `change-${number}`,
  services: { web: web(CHANGE_REPLICAS) },
});
