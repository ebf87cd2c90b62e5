/** EC2: the real adapter over the strict model in process, each call counted. */
import { ec2HostLauncher } from '../../functions/adapters/ec2/host-launcher.ts';
import type { Clock, HostLauncher } from '../../functions/usecases/ports.ts';
import { createInProcessClient } from '../../local/ec2/in-process-client.ts';
import { inMemoryHostLauncher, SUBNETS, TEMPLATES } from '../../test/support/in-memory/host-launcher.ts';
import type { CallCounter } from './calls.ts';

export const CLUSTER = 'berth';

export interface BenchCloud {
  readonly launcher: HostLauncher;
  readonly addressOf: (instanceId: string) => string;
}

export function createBenchCloud(clock: Clock, counter: CallCounter): BenchCloud {
  let address = 0;
  const { model } = inMemoryHostLauncher({
    clock,
    cluster: CLUSTER,
    vcpuLimit: Infinity,
    addresses: { take: () => addressAt((address += 1)), release: () => undefined },
  });
  const client = createInProcessClient(model);
  const send = client.send.bind(client) as (command: object) => Promise<unknown>;
  const counted = (command: object): Promise<unknown> => {
    counter.count(`EC2 ${command.constructor.name.replace(/Command$/, '')}`);
    return counter.answer(() => send(command));
  };
  Object.assign(client, { send: counted });
  return {
    launcher: ec2HostLauncher({
      clients: { once: client, retrying: client },
      cluster: CLUSTER,
      launchTemplates: TEMPLATES,
      templatesByGroups: {},
      subnetIds: SUBNETS,
    }),
    addressOf: (instanceId) => model.instances().find(({ id }) => id === instanceId)?.address ?? '',
  };
}

/** 10.0.0.1 on: as many as anybody asks for. */
const addressAt = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
