/** What the DNS server asks of whoever keeps the zones. All names normalized: lower case, trailing dot, `\ooo` escapes. */

/** One record set as it is served. `values` in zone-file form. */
export interface ServedSet {
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly values: readonly string[];
}

/** One zone as the world may see it at this moment. */
export interface ServedZone {
  readonly name: string;
  /** The record sets of exactly this name; empty when the name holds none. */
  at(name: string): readonly ServedSet[];
  /** Whether any record set lies below `name`: such a name exists even if it holds nothing itself (RFC 8020). */
  hasBelow(name: string): boolean;
}

/** Asked anew for every query. */
export type ZoneSource = () => readonly ServedZone[];
