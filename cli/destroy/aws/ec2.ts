/** Instances, volumes and interfaces with the cluster's tag; all pages. */
import type { Account } from '../account.ts';
import { clientConfig, type AwsAccountOptions } from './account.ts';

const NOT_TERMINATED = ['pending', 'running', 'stopping', 'stopped', 'shutting-down'];

export async function ec2Parts(
  options: AwsAccountOptions,
): Promise<Pick<Account, 'instances' | 'terminate' | 'volumes' | 'interfaces'>> {
  const api = await import('@aws-sdk/client-ec2');
  const client = new api.EC2Client(clientConfig(options, 'EC2'));
  const tagged = (cluster: string) => [{ Name: 'tag:berth:cluster', Values: [cluster] }];
  return {
    instances: async (cluster) => {
      const Filters = [...tagged(cluster), { Name: 'instance-state-name', Values: NOT_TERMINATED }];
      const ids: string[] = [];
      for await (const { Reservations = [] } of api.paginateDescribeInstances({ client }, { Filters }))
        for (const { Instances = [] } of Reservations)
          ids.push(...Instances.map(({ InstanceId = '' }) => InstanceId));
      return ids;
    },
    terminate: async (InstanceIds) => {
      await client.send(new api.TerminateInstancesCommand({ InstanceIds: [...InstanceIds] }));
    },
    volumes: async (cluster) => {
      const ids: string[] = [];
      for await (const { Volumes = [] } of api.paginateDescribeVolumes(
        { client },
        { Filters: tagged(cluster) },
      ))
        ids.push(...Volumes.map(({ VolumeId = '' }) => VolumeId));
      return ids;
    },
    interfaces: async (cluster) => {
      const ids: string[] = [];
      const pages = api.paginateDescribeNetworkInterfaces({ client }, { Filters: tagged(cluster) });
      for await (const { NetworkInterfaces = [] } of pages)
        ids.push(...NetworkInterfaces.map(({ NetworkInterfaceId = '' }) => NetworkInterfaceId));
      return ids;
    },
  };
}
