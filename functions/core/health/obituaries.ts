/** What EC2 knows against a host that is not heard: its instance is gone, or is there but does not run. */
import { isWatched, type Host } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';
import { isAlive, type InstanceView } from '../model/instance.ts';
import type { Obituaries, Obituary } from './judge-hosts.ts';

export function obituaries(
  hosts: readonly Host[],
  instances: readonly InstanceView[],
  impaired: ReadonlySet<string>,
): Obituaries {
  const dead = new Map<HostId, Obituary>();
  for (const host of hosts) {
    const instance = instances.find((one) => one.instanceId === host.instanceId);
    if (instance === undefined) continue;
    const says = (what: string): string => `EC2 says that ${instance.instanceId} ${what}`;
    if (instance.state !== 'running' && instance.state !== 'pending')
      dead.set(host.id, { words: says(`is ${instance.state}`), isGone: !isAlive(instance) });
    else if (impaired.has(instance.instanceId))
      dead.set(host.id, { words: says('fails its status checks'), isGone: false });
  }
  return dead;
}

/** Instances about which EC2's checks are worth a question: those of hosts that are thought silent. */
export const questionable = (hosts: readonly Host[]): string[] =>
  hosts
    .filter((host) => host.silence !== null && isWatched(host.state))
    .flatMap((host) => host.instanceId ?? []);
