/**
 * What `berth destroy` needs of the AWS account: to see and to delete everything of one cluster, with no help of the control
 * plane, which may be broken or half gone. `aws-account.ts` implements it over AWS, tests in memory.
 */
export interface CloudStack {
  /** CloudFormation's own word: `CREATE_COMPLETE`, `DELETE_IN_PROGRESS`, `DELETE_FAILED`. */
  readonly status: string;
  readonly reason: string;
  /** Of the resources that the proof asks about; null: the stack does not say (any more). */
  readonly zoneId: string | null;
  readonly tableName: string | null;
}

export interface ZoneRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

export interface Zone {
  readonly name: string;
  readonly records: readonly ZoneRecord[];
}

export interface Account {
  readonly region: string;
  /** Null: there is no such stack. */
  stack(name: string): Promise<CloudStack | null>;
  deleteStack(name: string): Promise<void>;
  /** Resources that could not be deleted, each with CloudFormation's reason. */
  failures(name: string): Promise<readonly string[]>;
  /** Not terminated, tagged with the cluster. */
  instances(cluster: string): Promise<readonly string[]>;
  terminate(instanceIds: readonly string[]): Promise<void>;
  volumes(cluster: string): Promise<readonly string[]>;
  interfaces(cluster: string): Promise<readonly string[]>;
  /** Without those that the zone itself has (SOA and NS of its own name). Null: there is no such zone. */
  records(zoneId: string): Promise<Zone | null>;
  /**
   * In batches, each whole or not at all. Null: all are deleted. Else why Route 53 did not take a batch: a set was changed
   * or deleted since it was listed. The batches before it are deleted, those after it were not tried.
   */
  deleteRecords(zoneId: string, records: readonly ZoneRecord[]): Promise<string | null>;
  /** Of these names those that exist. */
  parameters(names: readonly string[]): Promise<readonly string[]>;
  tableExists(name: string): Promise<boolean>;
}
