/**
 * EC2 says that an instance changed: have the provision loop look, which decides from what EC2 then shows. The events
 * carry no tags, so other instances of the account are heard of too; those are dropped here.
 */
import type { HostStore, Wakes } from './ports.ts';

export interface InstanceEventDeps {
  readonly hosts: Pick<HostStore, 'listHosts'>;
  readonly wakes: Pick<Wakes, 'provision'>;
}

export function noteInstanceEvent({ hosts, wakes }: InstanceEventDeps) {
  return async ({
    kind,
    instanceId,
  }: {
    readonly kind: string;
    readonly instanceId: string;
  }): Promise<void> => {
    const ours = (await hosts.listHosts()).some((host) => host.instanceId === instanceId);
    if (ours) await wakes.provision(`${kind} of ${instanceId}`);
  };
}
