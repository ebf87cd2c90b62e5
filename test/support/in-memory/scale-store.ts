/** The in-memory twin of the autoscaler's rows. */
import type { ServiceScale } from '../../../functions/core/model/autoscale.ts';
import type { ScaleStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { versionedRows, type RowListener } from './versioned-rows.ts';

export const inMemoryScaleStore = (onChange?: RowListener<ServiceScale>) => {
  const rows = versionedRows<ServiceScale>(onChange);
  const key = (stack: string, service: string): string => `${stack}#${service}`;
  return withFaults<ScaleStore>({
    list: () => rows.list(),
    get: (stack, service) => rows.get(key(stack, service)),
    put: (scale, expectedVersion) => rows.put(key(scale.stack, scale.service), scale, expectedVersion),
    remove: (stack, service, expectedVersion) => rows.remove(key(stack, service), expectedVersion),
  });
};
