import { setTimeout as sleep } from 'node:timers/promises';
import type { DockerEngine } from '../lib/docker-engine.ts';
import type { Contender } from './contender.ts';
import { CONTAINER, START_TIMEOUT_MS } from './contender.ts';
import { untilEmpty } from './docker.ts';

interface SwarmTask {
  readonly DesiredState: string;
  readonly Status: { readonly State: string; readonly Timestamp: string };
}

const LOOK_EVERY_MS = 250;

/** `docker service create --replicas N` on a swarm of this one engine, over the same API that the CLI calls. */
export function swarm(engine: DockerEngine, address: string, withPort: boolean): Contender {
  let image = '';
  return {
    name: 'Swarm',
    async prepare() {
      image = await imageId(engine);
      await engine.call('POST', '/swarm/init', { ListenAddr: `${address}:2377`, AdvertiseAddr: address });
    },
    async start(count) {
      const spec = serviceSpec(image, count, withPort);
      const askedAt = Date.now();
      await engine.call('POST', '/services/create', spec);
      return { askedAt, knownAt: await allRunning(engine, count) };
    },
    async clear() {
      await engine.call('DELETE', '/services/bench');
      await untilEmpty(engine);
      await engine.call('POST', '/swarm/leave?force=1');
    },
  };
}

/** By its id: for a name Swarm would ask the registry once more for each replica, though the image is there. */
async function imageId(engine: DockerEngine): Promise<string> {
  return ((await engine.call('GET', `/images/${CONTAINER.image}/json`)) as { Id: string }).Id;
}

/** When the manager heard of the last one, by its own note: looking does not make it later. */
async function allRunning(engine: DockerEngine, count: number): Promise<number> {
  const endAt = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < endAt) {
    const tasks = (await engine.call('GET', '/tasks')) as SwarmTask[];
    const running = tasks.filter(({ Status }) => Status.State === 'running');
    if (running.length >= count)
      return Math.max(...running.map(({ Status }) => Date.parse(Status.Timestamp)));
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`Swarm did not start ${String(count)} containers in time`);
}

function serviceSpec(image: string, count: number, withPort: boolean): object {
  const { port, pids, memoryBytes, stopSignal, cpuMillis } = CONTAINER;
  return {
    Name: 'bench',
    TaskTemplate: {
      ContainerSpec: { Image: image, StopSignal: stopSignal, CapabilityDrop: ['CAP_NET_RAW'] },
      Resources: {
        Limits: { Pids: pids },
        Reservations: { NanoCPUs: cpuMillis * 1_000_000, MemoryBytes: memoryBytes },
      },
      RestartPolicy: { Condition: 'any' },
    },
    Mode: { Replicated: { Replicas: count } },
    // Without a published port Docker chooses one: every replica gets its own, as Berth's do.
    ...(withPort && {
      EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: port, PublishMode: 'host' }] },
    }),
  };
}
