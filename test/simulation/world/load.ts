/** The load on autoscaled services: a total of CPU that the running replicas of each share, a little unevenly. */
import { LABELS, type Container } from '../../../agent/docker/engine.ts';
import type { Random } from '../engine/random.ts';
import type { Machine } from './machine.ts';

export interface Load {
  /** Thousandths of a vCPU that all replicas of `shop/web` use together from now on; 0: as little as any container. */
  put(service: string, cpuMillis: number): void;
  /** Of one container, now; undefined: nothing was put on its service. */
  of(container: Container): number | undefined;
}

/** Up or down, of each replica and at each look. */
const NOISE = 0.05;

export function createLoad(machines: ReadonlyMap<string, Machine>, random: Random): Load {
  const totals = new Map<string, number>();
  const serviceOf = ({ labels }: Pick<Container, 'labels'>): string =>
    `${labels[LABELS.stack] ?? ''}/${labels[LABELS.service] ?? ''}`;
  return {
    put: (service, cpuMillis) => {
      if (cpuMillis === 0) totals.delete(service);
      else totals.set(service, cpuMillis);
    },
    of: (container) => {
      const service = serviceOf(container);
      const total = totals.get(service);
      if (total === undefined) return undefined;
      let sharing = 0;
      for (const machine of machines.values())
        if (machine.on)
          for (const one of machine.docker.containers())
            if (one.state === 'running' && serviceOf(one) === service) sharing += 1;
      return Math.round((total / Math.max(1, sharing)) * (1 + NOISE * (2 * random.next() - 1)));
    },
  };
}
