/** What EC2 knows against a host that is not heard: its instance is gone, or is there but does not run. */
import type { Host } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';
import { isAlive, type InstanceView } from '../model/instance.ts';
import type { Obituaries, Obituary } from './judge-hosts.ts';

export function obituaries(hosts: readonly Host[], instances: readonly InstanceView[]): Obituaries {
  const dead = new Map<HostId, Obituary>();
  for (const host of hosts) {
    const instance = instances.find((one) => one.instanceId === host.instanceId);
    if (instance === undefined || instance.state === 'running' || instance.state === 'pending') continue;
    const words = `EC2 says that ${instance.instanceId} is ${instance.state}`;
    dead.set(host.id, { words, isGone: !isAlive(instance) });
  }
  return dead;
}
