/** What is left of a cluster, by kind, looked up anew: the end of `berth destroy`. */
import type { Account } from './account.ts';

export interface Proof {
  readonly instances: readonly string[];
  readonly volumes: readonly string[];
  readonly interfaces: readonly string[];
  /** `null`: the zone is gone. */
  readonly records: readonly string[] | null;
  readonly parameters: readonly string[];
  /** Its status; null: gone. */
  readonly stack: string | null;
  /** Kept on purpose: the table with all revisions and events. */
  readonly retained: { readonly table: string } | null;
}

export interface ClusterParts {
  readonly cluster: string;
  readonly zoneId: string | null;
  readonly tableName: string | null;
}

export const stackName = (cluster: string): string => `berth-${cluster}`;
const parameterNames = (cluster: string): string[] =>
  ['endpoint', 'doorbell'].map((name) => `/berth/${cluster}/${name}`);

export async function prove(account: Account, { cluster, zoneId, tableName }: ClusterParts): Promise<Proof> {
  const [instances, volumes, interfaces, records, parameters, stack, hasTable] = await Promise.all([
    account.instances(cluster),
    account.volumes(cluster),
    account.interfaces(cluster),
    zoneId === null ? null : account.records(zoneId),
    account.parameters(parameterNames(cluster)),
    account.stack(stackName(cluster)),
    tableName === null ? false : account.tableExists(tableName),
  ]);
  return {
    instances,
    volumes,
    interfaces,
    records: records?.records.map(({ type, name }) => `${type} ${name}`) ?? null,
    parameters,
    stack: stack?.status ?? null,
    retained: hasTable && tableName !== null ? { table: tableName } : null,
  };
}

/** Nothing with our tags is left; the retained table is no leftover. */
export const isClean = (proof: Proof): boolean =>
  proof.stack === null &&
  proof.records === null &&
  [proof.instances, proof.volumes, proof.interfaces, proof.parameters].every((left) => left.length === 0);

export function showProof(proof: Proof, region: string): string {
  const line = (kind: string, left: readonly string[]): string =>
    `  ${kind.padEnd(20)} ${left.length === 0 ? 'none' : left.join(', ')}`;
  const lines = [
    line('instances', proof.instances),
    line('volumes', proof.volumes),
    line('network interfaces', proof.interfaces),
    line('DNS zone, records', proof.records === null ? [] : ['the zone', ...proof.records]),
    line('parameters', proof.parameters),
    line('stack', proof.stack === null ? [] : [proof.stack]),
  ];
  if (proof.retained === null) return `${lines.join('\n')}\n`;
  const { table } = proof.retained;
  const remove = [
    `aws dynamodb update-table --region ${region} --no-deletion-protection-enabled --table-name ${table}`,
    `aws dynamodb delete-table --region ${region} --table-name ${table}`,
  ];
  const kept = `\nKept on purpose: the table ${table}, with all revisions and events. To delete it too:\n`;
  return `${lines.join('\n')}\n${kept}${remove.map((command) => `  ${command}\n`).join('')}`;
}
