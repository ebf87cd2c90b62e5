/**
 * The in-memory twin of the host launcher: the adapter over the strict model of EC2, without wire and metal. It comes with
 * an account of its own: one launch template per architecture, a subnet in each of two zones.
 */
import { ec2HostLauncher } from '../../../functions/adapters/ec2/host-launcher.ts';
import type { Architecture } from '../../../functions/core/model/cluster.ts';
import type { HostLauncher } from '../../../functions/usecases/ports.ts';
import { createInProcessClient } from '../../../local/ec2/in-process-client.ts';
import type { Catalog } from '../../../local/ec2/model/catalog.ts';
import { createEc2Model } from '../../../local/ec2/model/ec2.ts';
import type { Ec2Options } from '../../../local/ec2/model/ec2.ts';
import { createAddressPool } from '../../../local/ec2/model/parts/address-pool.ts';
import { createMemoryCatalog } from '../../../local/ec2/model/parts/memory-catalog.ts';
import { withFaults } from '../faults.ts';

export const TEMPLATES: Readonly<Record<Architecture, string>> = {
  x86_64: 'lt-00000000000000a86',
  arm64: 'lt-00000000000000a64',
};
/** Of the security groups `web`. */
export const WEB_TEMPLATES: Readonly<Record<Architecture, string>> = {
  x86_64: 'lt-00000000000000b86',
  arm64: 'lt-00000000000000b64',
};
export const SUBNETS = ['subnet-0000000000000000a', 'subnet-0000000000000000b'] as const;
const IMAGES: Readonly<Record<Architecture, string>> = {
  x86_64: 'ami-00000000000000a86',
  arm64: 'ami-00000000000000a64',
};
const GROUP = 'sg-00000000000000001';
const WEB_GROUP = 'sg-00000000000000002';

export interface InMemoryLauncherOptions extends Partial<Omit<Ec2Options, 'catalog'>> {
  readonly clock: { nowMs(): number };
  readonly cluster?: string;
}

export const inMemoryHostLauncher = ({ cluster = 'berth', ...options }: InMemoryLauncherOptions) => {
  const model = createEc2Model({
    seed: 'twin',
    account: '000000000000',
    region: 'us-east-1',
    addresses: createAddressPool('10.0.0'),
    ...options,
    catalog: accountCatalog(),
  });
  const client = createInProcessClient(model);
  const launcherOf = (name: string): HostLauncher =>
    ec2HostLauncher({
      clients: { once: client, retrying: client },
      cluster: name,
      launchTemplates: TEMPLATES,
      templatesByGroups: { web: WEB_TEMPLATES },
      subnetIds: SUBNETS,
    });
  return Object.assign(withFaults<HostLauncher>(launcherOf(cluster)), {
    /** The model itself: faults, capacity, timings, what runs. */
    model,
    /** Another cluster in the same account. */
    launcherOf,
  });
};

const accountCatalog = (): Catalog =>
  createMemoryCatalog({
    launchTemplates: (['x86_64', 'arm64'] as const).flatMap((architecture) => {
      const template = (id: string, name: string, groups: readonly string[]) => ({
        id,
        name,
        versions: [1, 2].map((version) => ({
          ImageId: IMAGES[architecture],
          SecurityGroupIds: [...groups],
          UserData: Buffer.from(`#!/bin/sh\n# version ${version}\n`).toString('base64'),
        })),
      });
      return [
        template(TEMPLATES[architecture], `host-${architecture}`, [GROUP]),
        template(WEB_TEMPLATES[architecture], `web-${architecture}`, [GROUP, WEB_GROUP]),
      ];
    }),
    subnets: SUBNETS.map((id) => ({
      id,
      vpcId: 'vpc-1',
      zone: `us-east-1${id.slice(-1)}`,
      givesPublicAddress: true,
      tags: {},
    })),
    images: (['x86_64', 'arm64'] as const).map((architecture) => ({
      id: IMAGES[architecture],
      architecture,
    })),
    securityGroupIds: [GROUP, WEB_GROUP],
  });
