/** Hosts, launched by the real adapter and written as the provision loop writes them, but without its passes in between. */
import { afterLaunch } from '../../functions/core/hosts/after-launch.ts';
import { writeIntents, type HostBatch } from '../../functions/core/hosts/intent.ts';
import type { Host } from '../../functions/core/model/host.ts';
import { ThrottledError } from '../../functions/usecases/errors.ts';
import { SUBNETS } from '../../test/support/in-memory/host-launcher.ts';
import { agentOf, type Agent } from './agents.ts';
import type { ControlPlane } from './control-plane.ts';

export const INSTANCE_TYPE = 'm7g.large';
const BATCH = 50;
/** EC2 launches a thousand at once and then two a second: within that no launch is refused. */
const INSTANCE_MS = 500;
/** EC2's own second until other calls know an instance. */
const LAG_MS = 2000;
const GIB = 2 ** 30;

export async function launchHosts(plane: ControlPlane, count: number): Promise<Agent[]> {
  const { clock, cloud, ports } = plane;
  const template = await cloud.launcher.launchTemplate('arm64');
  const hosts: Host[] = [];
  for (let made = 0; made < count; made += BATCH) {
    const batch = batchOf(Math.min(BATCH, count - made), made / BATCH);
    const intents = writeIntents(batch, template, { nowMs: clock.nowMs(), seed: `bench/${made}` });
    await clock.sleep(batch.count * INSTANCE_MS);
    const [first] = intents;
    if (first === undefined) continue;
    const outcome = await cloud.launcher.launch(first.launch);
    const { stored } = afterLaunch(intents, outcome, new Set(), clock.nowMs());
    if (stored.filter(({ instanceId }) => instanceId !== null).length < batch.count)
      throw new Error(`EC2 launched fewer hosts than ${batch.count}: ${JSON.stringify(outcome)}`);
    await Promise.all(stored.map((host) => ports.hosts.putHost(host, 0)));
    hosts.push(...stored.map((host) => ({ ...host, version: 1 })));
  }
  await clock.sleep(LAG_MS);
  for (const host of hosts) await name(plane, host);
  return hosts.map((host) => agentOf(host, cloud.addressOf(host.instanceId ?? '')));
}

async function name({ clock, cloud }: ControlPlane, { id, instanceId }: Host): Promise<void> {
  for (;;)
    try {
      await cloud.launcher.name(instanceId ?? '', id);
      return;
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      await clock.sleep(1000);
    }
}

/** Every other one in the other zone. */
const batchOf = (count: number, index: number): HostBatch => ({
  pool: 'default',
  architecture: 'arm64',
  instanceType: INSTANCE_TYPE,
  count,
  capacity: { cpuMillis: 2000, memoryBytes: 8 * GIB, pids: 30_000 },
  offerings: [
    {
      instanceType: INSTANCE_TYPE,
      subnetId: SUBNETS[index % 2] ?? SUBNETS[0],
      zone: `us-east-1${'ab'[index % 2] ?? 'a'}`,
    },
  ],
  reason: 'the bench needs it',
  replaces: null,
});
