/**
 * Spread: hosts by the values of some properties, the weightiest first (zone, then rack ...). Hosts that agree in all of
 * them form a leaf. On each level the value with the fewest replicas of the service comes first.
 */
import { isOfOneHost, labelOf } from './host-labels.ts';
import type { Fleet, Presence } from './fleet.ts';
import { rulesOf, type TaskNeeds } from './needs.ts';

export interface Domains {
  readonly keys: readonly string[];
  /** By leaf, for each level: the number of the value, below those of the levels above. */
  readonly leaves: readonly Int32Array[];
  readonly leafOf: Int32Array;
  /** Values on each level. */
  readonly sizes: readonly number[];
}

/** Where no preference says otherwise: a zone that fails takes as few replicas as possible with it. */
const DEFAULT_SPREAD = ['node.labels.zone'];

/** Properties over which the service spreads, before it spreads over hosts. Null: it does not spread at all. */
export function spreadOf(needs: TaskNeeds): readonly string[] | null {
  const asked = rulesOf(needs).spread;
  // Hosts themselves are always the last level.
  if (asked.length > 0) return asked.filter((key) => !isOfOneHost(key));
  return (needs.replicas ?? 1) >= 2 ? DEFAULT_SPREAD : null;
}

export function domainsOf(fleet: Fleet, keys: readonly string[]): Domains {
  const numbers: Map<string, number>[] = keys.map(() => new Map<string, number>());
  const leafNumbers = new Map<string, number>();
  const leaves: Int32Array[] = [];
  const leafOfKind = fleet.kinds.map((kind) => {
    let path = '';
    const levels = keys.map((key, level) => {
      path += `${JSON.stringify(labelOf(kind, key))}/`;
      return numberOf(numbers[level] ?? new Map<string, number>(), path);
    });
    const leaf = numberOf(leafNumbers, path);
    leaves[leaf] ??= Int32Array.from(levels);
    return leaf;
  });
  return {
    keys,
    leaves,
    leafOf: Int32Array.from(fleet.kindOf, (kind) => leafOfKind[kind] ?? 0),
    sizes: numbers.map((values) => values.size),
  };
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const before = numbers.get(text);
  if (before !== undefined) return before;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}

/** Replicas by level and value. */
export type DomainCounts = readonly Int32Array[];

export function countDomains(domains: Domains, presence: Presence): DomainCounts {
  const counts = domains.sizes.map((size) => new Int32Array(size));
  for (const [host, slots] of presence) addToDomains(domains, counts, host, slots.length);
  return counts;
}

export function addToDomains(domains: Domains, counts: DomainCounts, host: number, by: number): void {
  const leaf = domains.leaves[domains.leafOf[host] ?? 0];
  counts.forEach((level, index) => {
    const value = leaf?.[index] ?? 0;
    level[value] = (level[value] ?? 0) + by;
  });
}

/** Negative: the first leaf comes first. */
export function compareLeaves(domains: Domains, counts: DomainCounts, a: number, b: number): number {
  const [left, right] = [domains.leaves[a], domains.leaves[b]];
  for (let level = 0; level < counts.length; level += 1) {
    const difference =
      (counts[level]?.[left?.[level] ?? 0] ?? 0) - (counts[level]?.[right?.[level] ?? 0] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
