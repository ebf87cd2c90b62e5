import type { ServiceSpec } from '../../contract/stack-spec.ts';

/** Whether a service's replicas get a socket to speak on: for that their container has a folder mounted. */
export const hasSocket = ({ health, autoscale }: Pick<ServiceSpec, 'health' | 'autoscale'>): boolean =>
  health?.signal === true ||
  autoscale?.protect === true ||
  autoscale?.targets.some((target) => target.kind === 'metric' && target.source.kind === 'socket') === true;
