/** The host row behind an agent's call: its instance must be the caller's own. */
import { isGone, type Host } from '../core/model/host.ts';
import { hostId } from '../core/model/ids.ts';
import { ConflictError, ForbiddenError } from './errors.ts';
import type { HostStore } from './ports.ts';

export interface AgentCaller {
  /** Host id of the route. */
  readonly host: string;
  /** Session name of the host role: the instance id that AWS vouches for. */
  readonly instanceId: string;
}

/**
 * Throws ForbiddenError for another host's route, an unknown host and one that is being terminated; ConflictError while
 * the launch is not on record yet (the agent tries again).
 */
export async function ownHost(hosts: Pick<HostStore, 'getHost'>, caller: AgentCaller): Promise<Host> {
  const host = await hosts.getHost(hostId(caller.host));
  if (host === null) throw new ForbiddenError(`${caller.instanceId} may not speak for ${caller.host}`);
  if (host.instanceId === null)
    throw new ConflictError(`the launch of ${caller.host} is not on record yet; try again`);
  if (host.instanceId !== caller.instanceId)
    throw new ForbiddenError(`${caller.instanceId} may not speak for ${caller.host}`);
  if (isGone(host.state)) throw new ForbiddenError(`${caller.host} is ${host.state}: ${host.reason}`);
  return host;
}
