/** Every host with its verdict on one task: what refuses it, or how well it does, in parts. For who asks why; no plan uses it. */
import { aside, createChooser } from './choose.ts';
import { createDesk, LEFTOVER_STEPS, sitDown, type Sitting } from './desk.ts';
import { explainRefusal, type FilterName } from './filters.ts';
import { buildFleet } from './fleet.ts';
import type { Candidate, TaskNeeds } from './needs.ts';
import { besideOf, companyOn, explainChoice, refusalOn } from './reasons.ts';

/** In the order in which they count; lower is better, but for `beside`. */
export interface Score {
  readonly failedHere: boolean;
  /** Other replicas of the service in the host's zone, or in what the file prefers, the weightiest first. */
  readonly replicasInDomain: readonly number[];
  /** Services of its affinity that are there. */
  readonly beside: readonly string[];
  /** Null: its replicas are not spread. */
  readonly replicasOnHost: number | null;
  /** Null: nobody knows the image's layers. */
  readonly missingImageBytes: number | null;
  /** Mean share of cpu and memory that would stay free, and more where the two differ. */
  readonly leftover: number;
}

export type Verdict =
  | { readonly host: string; readonly kind: 'fits'; readonly score: Score }
  | { readonly host: string; readonly kind: 'refused'; readonly filter: FilterName; readonly reason: string };

export interface Judgement {
  /** In the order of the hosts' ids. */
  readonly verdicts: readonly Verdict[];
  /** Where it would go now, and why; null: nowhere. */
  readonly choice: { readonly host: string; readonly reason: string } | null;
}

/** Judges each host as if the replica had no task yet. */
export function judgeAll(needs: TaskNeeds, candidates: readonly Candidate[], seed: string): Judgement {
  const fleet = buildFleet(candidates, [needs], seed);
  const sitting = sitDown(createDesk(fleet), needs);
  const choice = createChooser(sitting, 1).next(needs);
  return aside(sitting, needs, () => {
    const chosen = choice === null ? undefined : fleet.hosts[choice.host];
    return {
      verdicts: fleet.hosts.map((host, number) => verdictOf(sitting, host, number)),
      choice:
        choice === null || chosen === undefined
          ? null
          : { host: chosen.id, reason: explainChoice(sitting, choice) },
    };
  });
}

function verdictOf(sitting: Sitting, host: Candidate, number: number): Verdict {
  const { needs, desk } = sitting;
  const filter = refusalOn(sitting, number);
  if (filter === null) return { host: host.id, kind: 'fits', score: scoreOf(sitting, host, number) };
  const at = { number, company: companyOn(sitting, number) };
  return { host: host.id, kind: 'refused', filter, reason: explainRefusal(filter, needs, desk.fleet, at) };
}

function scoreOf(sitting: Sitting, host: Candidate, number: number): Score {
  const { needs, desk, domains, counts, isSpread, missing } = sitting;
  const leaf = domains.leaves[domains.leafOf[number] ?? 0];
  return {
    failedHere: needs.failedOn?.includes(host.id) === true,
    replicasInDomain: counts.map((level, index) => level[leaf?.[index] ?? 0] ?? 0),
    beside: besideOf(sitting, number),
    replicasOnHost: isSpread ? (desk.others[number] ?? 0) : null,
    missingImageBytes: missing === null ? null : (missing[number] ?? 0),
    leftover: (desk.leftover[number] ?? 0) / LEFTOVER_STEPS,
  };
}
