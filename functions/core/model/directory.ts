/** The zone as the register loop keeps it: what was applied, by which plan, and what is still on its way out. */
export type RecordType = 'A' | 'SRV' | 'TXT' | 'SOA';

/** `name` is absolute without the final dot, lower case; `values` as Route 53 writes them, sorted. */
export interface RecordSet {
  readonly name: string;
  readonly type: RecordType;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

/**
 * Where a task stands in DNS. `in`: some record names it. `leaving`: no wanted record names it any more.
 * `outAtMs`: when Route 53 confirmed that (INSYNC), plus the TTL that resolvers may still hold; absent until confirmed.
 * A task that was never in DNS leaves at once.
 * `final`: written by a pass that saw the task meant to go, so no pass will publish it again. One that left while it was
 * meant to stay, as its host was suspect, may be published again by a pass that has begun.
 */
export interface TaskEntry {
  readonly state: 'in' | 'leaving';
  readonly plan: number;
  readonly ttlSeconds: number;
  readonly outAtMs?: number | undefined;
  readonly final?: boolean | undefined;
  /** Whether the SRV names it (not only an A record). */
  readonly serving: boolean;
}

/** One owner of records: a service (`web.shop`) or a host (`h-...`). */
export interface DirectoryName {
  readonly owner: string;
  readonly records: readonly RecordSet[];
  readonly tasks: Readonly<Record<string, TaskEntry>>;
  readonly version: number;
}

/** A batch that Route 53 accepted and has not confirmed yet. */
export interface PendingChange {
  readonly changeId: string;
  readonly plan: number;
  readonly submittedAtMs: number;
}

export interface DirectoryHead {
  /** Number in the fence record of the zone: the plan applied last. 0: nothing was written yet. */
  readonly plan: number;
  /** Oldest first. */
  readonly pending: readonly PendingChange[];
  /** TTL and minimum that the zone's SOA was given; null: not set yet. */
  readonly soaTtlSeconds: number | null;
  /**
   * Set before a batch is sent, cleared once what became of it is stored. While it is set the zone may hold more than the
   * rows say, so nothing counts as "never published".
   */
  readonly unsure: boolean;
  readonly version: number;
}

export interface Directory {
  readonly head: DirectoryHead;
  readonly names: readonly DirectoryName[];
}

export const EMPTY_HEAD: DirectoryHead = {
  plan: 0,
  pending: [],
  soaTtlSeconds: null,
  unsure: false,
  version: 0,
};

/** Of a head that cannot be read: anything may have been published, and only the zone knows what. */
export const UNKNOWN_HEAD: DirectoryHead = { ...EMPTY_HEAD, unsure: true };

export interface RecordChange {
  readonly action: 'CREATE' | 'UPSERT' | 'DELETE';
  readonly record: RecordSet;
}
