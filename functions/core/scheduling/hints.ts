/**
 * What would have to change for a task that fits nowhere: found by trying. Host by host, what refuses it is taken away,
 * one refusal after the other, until it fits there or nothing that a file says would help.
 */
import { replicaName } from '../model/ids.ts';
import { NO_RULES, type PlacementRules } from '../model/placement.ts';
import type { FilterName } from './filters.ts';
import { buildFleet, type Fleet } from './fleet.ts';
import { obeys, showConstraint, showTaint, tolerates } from './host-labels.ts';
import { rulesOf, type Candidate, type TaskNeeds } from './needs.ts';
import { createDesk, sitDown } from './desk.ts';
import { aside } from './choose.ts';
import { companyOn, refusalOn } from './reasons.ts';

export interface Hint {
  readonly host: string;
  /** Each is needed. */
  readonly changes: readonly string[];
  /** One sentence of them. */
  readonly message: string;
  /** The task as it then is: it fits on that host. */
  readonly needs: TaskNeeds;
}

/** So many are told, those with the fewest changes first. */
export const HINTS_MAX = 5;
/** So many hosts are tried: in a larger cluster they resemble each other. */
const HOSTS_MAX = 2000;

export function hintsFor(needs: TaskNeeds, candidates: readonly Candidate[]): Hint[] {
  const tried = [...candidates]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, HOSTS_MAX)
    .flatMap((host) => tryOn(needs, host));
  const byWords = new Map<string, Tried>();
  const better = (a: Tried, b: Tried): number => a.changes.length - b.changes.length || a.loss - b.loss;
  for (const one of tried) {
    const kinds = one.kinds.join();
    const known = byWords.get(kinds);
    if (known === undefined || better(one, known) < 0) byWords.set(kinds, one);
  }
  return [...byWords.values()]
    .sort(better)
    .slice(0, HINTS_MAX)
    .map(({ host, changes, needs: changed }) => ({
      host,
      changes,
      message: `${replicaName(needs.service, needs.slot)} fits on ${host} ${changes.join(' and ')}`,
      needs: changed,
    }));
}

interface Tried {
  readonly host: string;
  readonly needs: TaskNeeds;
  readonly changes: readonly string[];
  /** What is changed: of hosts that want the same the nearest is told. */
  readonly kinds: readonly string[];
  /** How much it has to give up, in shares of what it asks for. */
  readonly loss: number;
}

interface Change {
  readonly needs: TaskNeeds;
  readonly words: string;
  readonly kind: string;
  readonly loss: number;
}

function tryOn(needs: TaskNeeds, host: Candidate): Tried[] {
  let tried: Tried = { host: host.id, needs, changes: [], kinds: [], loss: 0 };
  for (;;) {
    const refusal = refusalBy(tried.needs, host);
    if (refusal === null) return tried.changes.length === 0 ? [] : [tried];
    const change = relax(tried.needs, host, refusal);
    // What a change does not mend is refused for the same again.
    if (change === null || tried.kinds.includes(change.kind)) return [];
    tried = {
      host: host.id,
      needs: change.needs,
      changes: [...tried.changes, change.words],
      kinds: [...tried.kinds, change.kind],
      loss: tried.loss + change.loss,
    };
  }
}

interface Refused {
  readonly filter: FilterName;
  readonly fleet: Fleet;
  readonly others: number;
  readonly avoided: readonly string[];
}

function refusalBy(needs: TaskNeeds, host: Candidate): Refused | null {
  const fleet = buildFleet([host], [needs], '');
  const sitting = sitDown(createDesk(fleet), needs);
  return aside(sitting, needs, () => {
    const filter = refusalOn(sitting, 0);
    return filter === null ? null : { filter, fleet, ...companyOn(sitting, 0) };
  });
}

/** Null: nothing that its file says would help. */
function relax(needs: TaskNeeds, host: Candidate, refused: Refused): Change | null {
  const { filter, others } = refused;
  switch (filter) {
    case 'cpu':
      return lessOf(needs, refused, 'cpuMillis', (less) => `${less / 1000} vCPU`);
    case 'memory':
      return lessOf(needs, refused, 'memoryBytes', (less) => `${Math.ceil(less / MIB)} MiB of memory`);
    case 'pids':
      return lessOf(needs, refused, 'pids', (less) => `${less} process ids`);
    case 'disk':
      return lessOf(needs, refused, 'diskBytes', (less) => `${Math.ceil(less / MIB)} MiB of disk`);
    case 'max-per-host': {
      const words = `if max_replicas_per_node were ${others + 1}`;
      return { needs: { ...needs, maxReplicasPerHost: others + 1 }, words, kind: filter, loss: others };
    }
    case 'architecture': {
      const words = `if it were built for ${host.architecture} (platform)`;
      return { needs: { ...needs, architecture: host.architecture }, words, kind: filter, loss: 10 };
    }
    case 'state':
    case 'ports':
    case 'gpus':
      return null;
    default:
      return relaxRule(needs, host, refused);
  }
}

const MIB = 1024 * 1024;

function lessOf(
  needs: TaskNeeds,
  { fleet, filter }: Refused,
  what: 'cpuMillis' | 'memoryBytes' | 'pids' | 'diskBytes',
  show: (less: number) => string,
): Change | null {
  const free = Math.floor(fleet.free[what][0] ?? 0);
  const asked = needs[what] ?? 0;
  // A task without any process or memory is none.
  if (free < (what === 'cpuMillis' || what === 'diskBytes' ? 0 : 1)) return null;
  const loss = (asked - free) / asked;
  return { needs: { ...needs, [what]: free }, words: `with ${show(asked - free)} less`, kind: filter, loss };
}

function relaxRule(needs: TaskNeeds, host: Candidate, { filter, avoided }: Refused): Change | null {
  const rules = rulesOf(needs);
  const change = (words: string, over: Partial<PlacementRules>, more: Partial<TaskNeeds> = {}): Change => ({
    needs: { ...needs, rules: { ...rules, ...over }, ...more },
    words,
    kind: `${filter} ${words}`,
    loss: 1,
  });
  if (filter === 'pool') return change(`if the pool ${rules.pool ?? ''} were dropped`, { pool: undefined });
  if (filter === 'constraint') {
    const broken = rules.constraints.filter((one) => !obeys(host, one));
    const words = `if the constraint ${broken.map(showConstraint).join(', ')} were dropped`;
    return change(words, { constraints: rules.constraints.filter((one) => obeys(host, one)) });
  }
  if (filter === 'taint') {
    const taints = (host.pool?.taints ?? []).filter((taint) => !tolerates(rules.tolerations, taint));
    const words = `if it tolerated ${taints.map(showTaint).join(', ')}`;
    return change(words, { tolerations: [...rules.tolerations, ...taints] });
  }
  const kept = (names: readonly string[]): string[] => names.filter((name) => !avoided.includes(name));
  const words = `if it were not kept apart from ${avoided.join(', ')}`;
  return change(
    words,
    { antiAffinity: kept(rules.antiAffinity) },
    { avoidedBy: kept(needs.avoidedBy ?? NO_RULES.antiAffinity) },
  );
}
