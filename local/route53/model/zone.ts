/**
 * One hosted zone: what it holds now, and what of it the name servers serve already.
 *
 * A committed batch is current at once (ListResourceRecordSets shows PENDING changes too) and is served when it is
 * INSYNC. Changes become INSYNC in the order in which they were committed, also after the delay was shortened.
 */
import type { ServedZone } from '../../dns/zone-source.ts';
import { ZONE_SETS_MAX } from './limits.ts';
import type { BatchZone, NameContent, Outcome } from './records/batch.ts';
import { compareText, sortKey } from './records/names.ts';
import type { RecordSet } from './records/record-set.ts';

/** What GetHostedZone tells. `name` normalized. */
export interface ZoneFacts {
  readonly id: string;
  readonly name: string;
  readonly callerReference: string;
  readonly comment?: string;
  readonly private: boolean;
}

export interface Zone extends BatchZone {
  readonly facts: ZoneFacts;
  /** Until then (ms) the zone is busy with the batch it accepted last. */
  busyUntilMs: number;
  /** Makes an outcome current. Returns when it is INSYNC: at `earliestMs`, but never before an earlier change. */
  commit(outcome: Outcome, earliestMs: number): number;
  /** All record sets in the order of ListResourceRecordSets. */
  sorted(): readonly RecordSet[];
  /** What is served at `nowMs`. */
  served(nowMs: number): ServedZone;
}

/** A zone with its first record sets (normalized names), all of them served at once. */
export function createZone(facts: ZoneFacts, sets: readonly RecordSet[], setsMax = ZONE_SETS_MAX): Zone {
  const current = indexByName(sets);
  const served = new Map(current);
  const pending: { outcome: Outcome; insyncAtMs: number }[] = [];
  let count = sets.length;
  let sorted: readonly RecordSet[] | undefined;

  const settle = (nowMs: number) => {
    for (let next = pending[0]; next !== undefined && next.insyncAtMs <= nowMs; next = pending[0]) {
      overlay(served, next.outcome);
      pending.shift();
    }
  };

  return {
    facts,
    id: facts.id,
    name: facts.name,
    setsMax,
    busyUntilMs: 0,
    get count() {
      return count;
    },
    content: (name) => current.get(name),
    commit(outcome, earliestMs) {
      for (const [name, content] of outcome) count += content.size - (current.get(name)?.size ?? 0);
      overlay(current, outcome);
      sorted = undefined;
      const insyncAtMs = Math.max(earliestMs, pending.at(-1)?.insyncAtMs ?? 0);
      pending.push({ outcome, insyncAtMs });
      return insyncAtMs;
    },
    sorted: () => (sorted ??= sortSets(current)),
    served(nowMs) {
      settle(nowMs);
      return {
        name: facts.name,
        at: (name) => [...(served.get(name)?.values() ?? [])],
        hasBelow: (name) => served.keys().some((other) => other.endsWith(`.${name}`)),
      };
    },
  };
}

function indexByName(sets: readonly RecordSet[]): Map<string, NameContent> {
  const grouped = Map.groupBy(sets, (set) => set.name);
  return new Map([...grouped].map(([name, group]) => [name, new Map(group.map((set) => [set.type, set]))]));
}

function overlay(names: Map<string, NameContent>, outcome: Outcome): void {
  for (const [name, content] of outcome) {
    if (content.size === 0) names.delete(name);
    else names.set(name, content);
  }
}

function sortSets(names: ReadonlyMap<string, NameContent>): RecordSet[] {
  return [...names]
    .map(([name, content]) => ({ key: sortKey(name), content }))
    .sort((a, b) => compareText(a.key, b.key))
    .flatMap(({ content }) => [...content.values()].sort((a, b) => compareText(a.type, b.type)));
}
