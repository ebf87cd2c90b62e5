/**
 * The steps of `berth destroy`, in their order: each waits until what it asked for is true, and says what it waits for.
 *
 *   no new hosts > stacks out of DNS and stopped > hosts drained and terminated    by the control plane
 *   > instances by tag > records of the zone > the CloudFormation stack            without it
 */
import type { ApiClient } from '../api/api-client.ts';
import {
  deleteStack,
  drainHost,
  getCluster,
  listHosts,
  listReplicas,
  listStacks,
  patchCluster,
  putPool,
} from '../api/routes.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Account, ZoneRecord } from './account.ts';
import { splitRecords } from './ours.ts';
import { stackName, type ClusterParts } from './proof.ts';

export interface Steps {
  readonly account: Account;
  /** Waits until `look` resolves to null; else it says what is waited for. @throws CliError when the time is up */
  readonly until: (what: string, look: () => Promise<string | null>) => Promise<void>;
}

/** Nothing is to be launched for what is about to go. */
export async function closePool(api: ApiClient): Promise<void> {
  const { pool, pools } = await getCluster(api);
  if (pool.hostsMax > 0) await patchCluster(api, { pool: { ...pool, hostsMax: 0 } });
  for (const [name, spec] of Object.entries(pools))
    if (name !== 'default' && spec.hostsMax > 0)
      await putPool(api, name, { ...spec, hostsMin: 0, hostsMax: 0, headroom: null });
}

/** As `berth rm` and `berth drain` do it, for all at once. */
export async function emptyCluster(api: ApiClient, { until }: Steps): Promise<void> {
  for (const { stack } of await listStacks(api)) await deleteStack(api, stack);
  await until('stacks to leave DNS and stop', async () => {
    const left = (await listReplicas(api)).filter(({ task }) => task !== null);
    if (left.length > 0)
      return left.map(({ stack, replica, reason }) => `${stack}/${replica}: ${reason}`).join('; ');
    const stacks = await listStacks(api);
    return stacks.length === 0 ? null : stacks.map(({ stack }) => stack).join(', ');
  });
  const reason = 'the cluster is destroyed';
  for (const { host, state } of await listHosts(api))
    if (state !== 'terminated') await drainHost(api, host, { reason });
  await until('hosts to end', async () => {
    const left = (await listHosts(api)).filter(({ state }) => state !== 'terminated');
    return left.length === 0 ? null : left.map((one) => `${one.host} is ${one.state}`).join(', ');
  });
}

export async function terminateAll({ account, until }: Steps, cluster: string): Promise<void> {
  const alive = await account.instances(cluster);
  if (alive.length > 0) await account.terminate(alive);
  await until('instances to end', async () => {
    const left = await account.instances(cluster);
    return left.length === 0 ? null : left.join(', ');
  });
}

/**
 * The control plane may still be changing what is here (the record of a host that has just gone): a set that is not as it
 * was listed is looked at again.
 * @throws CliError when the zone holds records of somebody else: it could not be deleted, and they are not ours to delete.
 */
export async function emptyZone({ account, until }: Steps, { zoneId }: ClusterParts): Promise<void> {
  if (zoneId === null) return;
  await until('the zone to be empty', async () => {
    const zone = await account.records(zoneId);
    if (zone === null || zone.records.length === 0) return null;
    const { ours, others } = splitRecords(zone.records, zone.name);
    if (others.length > 0) throw foreignRecords(zoneId, zone.name, others);
    const refusal = await account.deleteRecords(zoneId, ours);
    if (refusal === null && (await account.records(zoneId))?.records.length === 0) return null;
    const names = ours.map(({ name }) => name).join(', ');
    return refusal === null ? names : `${names}; Route 53 says: ${refusal}`;
  });
}

const foreignRecords = (zoneId: string, zone: string, others: readonly ZoneRecord[]): CliError =>
  new CliError(
    `the zone ${zone} (${zoneId}) holds records that Berth did not write: ${others.map(({ type, name }) => `${type} ${name}`).join(', ')}`,
    {
      exitCode: EXIT.failed,
      code: 'foreign-records',
      remedies: ['delete or move them, then run `berth destroy` again; hosts and replicas are gone already'],
    },
  );

export async function removeStack({ account, until }: Steps, cluster: string): Promise<void> {
  const name = stackName(cluster);
  if ((await account.stack(name)) === null) return;
  await account.deleteStack(name);
  await until(`CloudFormation to delete the stack ${name}`, async () => {
    const stack = await account.stack(name);
    if (stack === null) return null;
    if (!stack.status.endsWith('_FAILED')) return `${stack.status} ${stack.reason}`.trim();
    const failures = await account.failures(name);
    throw new CliError(`CloudFormation could not delete ${name}: ${stack.reason}`, {
      exitCode: EXIT.failed,
      code: 'stack-not-deleted',
      remedies:
        failures.length > 0
          ? failures
          : ['its events in the console tell why; then run `berth destroy` again'],
    });
  });
}
