/** The nouns of a hosted zone, as the model and everything around it speak of them. */

/** The types Berth writes, and those every zone has. Any other is refused, never half known. */
export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'NS', 'SOA', 'SRV', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** One record set. In the model `name` is normalized (see names.ts); `values` keep their order and spelling. */
export interface RecordSet {
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  /** In zone-file form, for example `1 10 20001 h-a.shop.internal` for SRV, `"plan=42"` (with the quotes) for TXT. */
  readonly values: readonly string[];
}

export type ChangeAction = 'CREATE' | 'DELETE' | 'UPSERT';

export interface Change {
  readonly action: ChangeAction;
  readonly set: RecordSet;
}

/** What a zone holds one of: a name and a type. (Routing policies, which would add an identifier, are refused.) */
export function keyOf(set: Pick<RecordSet, 'name' | 'type'>): string {
  return `${set.name} ${set.type}`;
}

/** Same TTL and the same values in any order: what a DELETE has to match. */
export function isSameContent(one: RecordSet, other: RecordSet): boolean {
  const values = one.values.toSorted();
  const others = other.values.toSorted();
  return (
    one.ttl === other.ttl &&
    values.length === others.length &&
    values.every((value, i) => value === others[i])
  );
}
