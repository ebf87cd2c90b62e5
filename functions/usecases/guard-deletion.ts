/**
 * Whether the cluster's CloudFormation stack may be deleted now. Instances and records are made at run time and are not in
 * it: deleted first, it would leave instances running and billed, and then fail half way at the zone.
 */
import type { HostLauncher, ServiceDirectory } from './ports.ts';

export interface DeletionDeps {
  readonly launcher: Pick<HostLauncher, 'list'>;
  readonly directory: Pick<ServiceDirectory, 'list'>;
  readonly cluster: string;
  readonly zone: string;
}

/** Made by CloudFormation with the zone, and deleted with it. */
const OF_THE_ZONE = 'SOA';

/** Resolves with what stands in the way and what to do; null: nothing does. */
export function guardDeletion({
  launcher,
  directory,
  cluster,
  zone,
}: DeletionDeps): () => Promise<string | null> {
  return async () => {
    const instances = (await launcher.list()).filter(({ state }) => state !== 'terminated');
    const records = (await directory.list()).filter(({ type }) => type !== OF_THE_ZONE);
    const left = [
      ...(instances.length === 0
        ? []
        : [
            `${named(
              instances.map((one) => one.instanceId),
              'instance',
            )} of it`,
          ]),
      ...(records.length === 0
        ? []
        : [
            `${named(
              records.map((one) => one.name),
              'record set',
            )} in ${zone}`,
          ]),
    ];
    if (left.length === 0) return null;
    return `the cluster ${cluster} is still there: ${left.join(', and ')}. Nothing was deleted. Run "berth destroy --cluster ${cluster}": it drains, terminates, empties the zone and then deletes this stack.`;
  };
}

function named(names: readonly string[], what: string): string {
  const first = names.slice(0, 3).join(', ');
  return `${names.length} ${what}${names.length === 1 ? '' : 's'} (${first}${names.length > 3 ? ', ...' : ''})`;
}
