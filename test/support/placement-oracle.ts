/**
 * Placement once more, as plainly as it can be said: for every task every host, everything counted anew from its
 * assignments. The planner is held against it. It shares types and the hash with the planner, no decision.
 */
import type { Assignment } from '../../functions/core/model/task.ts';
import { DEFAULT_POOL, NO_RULES } from '../../functions/core/model/placement.ts';
import { hash32 } from '../../functions/core/random.ts';
import type { Candidate, TaskNeeds } from '../../functions/core/scheduling/needs.ts';

export interface OracleAnswer {
  readonly needs: TaskNeeds;
  /** Null: it fits nowhere. */
  readonly host: string | null;
  /** How many hosts each filter refused, when it fits nowhere. */
  readonly refused: Readonly<Record<string, number>>;
}

interface Held {
  readonly candidate: Candidate;
  readonly tasks: Assignment[];
}

/**
 * As `planPlacements`, but for ports.
 *
 * @param known the host of a task about which the oracle is not to be asked: it is there, and the answers leave it out;
 *   `index` is its place in the order of placement. Null: the oracle is asked.
 */
export function oraclePlan(
  batch: readonly TaskNeeds[],
  candidates: readonly Candidate[],
  seed: string,
  known: (needs: TaskNeeds, index: number) => string | null = () => null,
): OracleAnswer[] {
  const hosts = candidates.map((candidate) => ({ candidate, tasks: [...candidate.assignments] }));
  const byId = new Map(hosts.map((host) => [host.candidate.id, host]));
  return inOrder(batch, candidates).flatMap((needs, index) => {
    const there = byId.get(known(needs, index) ?? '');
    if (there === undefined) return [answer(needs, hosts, seed)];
    there.tasks.push(taskOf(needs, there));
    return [];
  });
}

function answer(needs: TaskNeeds, hosts: readonly Held[], seed: string): OracleAnswer {
  const refused: Record<string, number> = {};
  const fit = hosts.filter((host) => {
    const filter = refusal(needs, host);
    if (filter !== null) refused[filter] = (refused[filter] ?? 0) + 1;
    return filter === null;
  });
  const view = viewOf(needs, hosts);
  const best = fit
    .map((host) => ({ host, key: keyOf(needs, host, view, seed) }))
    .reduce<{ host: Held; key: Key } | null>(
      (least, one) => (least === null || isLess(one.key, least.key) ? one : least),
      null,
    );
  if (best === null) return { needs, host: null, refused };
  best.host.tasks.push(taskOf(needs, best.host));
  return { needs, host: best.host.candidate.id, refused: {} };
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

function inOrder(batch: readonly TaskNeeds[], candidates: readonly Candidate[]): TaskNeeds[] {
  const mean = (pick: (one: Candidate) => number): number =>
    candidates.length === 0 ? 1 : sum(candidates.map(pick)) / candidates.length;
  const cpu = mean((one) => one.schedulable.cpuMillis);
  const memory = mean((one) => one.schedulable.memoryBytes);
  const size = (one: TaskNeeds): number =>
    Math.max(
      cpu === 0 ? one.cpuMillis : one.cpuMillis / cpu,
      memory === 0 ? one.memoryBytes : one.memoryBytes / memory,
    );
  const priority = (one: TaskNeeds): number => (one.rules ?? NO_RULES).priority;
  const text = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
  return batch.toSorted(
    (a, b) =>
      priority(b) - priority(a) ||
      size(b) - size(a) ||
      text(a.stack, b.stack) ||
      text(a.service, b.service) ||
      a.slot - b.slot ||
      a.memoryBytes - b.memoryBytes ||
      a.cpuMillis - b.cpuMillis ||
      a.pids - b.pids,
  );
}

const label = (host: Candidate, key: string): string | undefined => {
  const pool = host.pool ?? DEFAULT_POOL;
  const name = key.replace(/^node\.labels\./, '');
  if (key === 'node.id' || key === 'node.hostname') return host.id;
  if (key === 'node.platform.os') return 'linux';
  if (key === 'node.platform.arch') return host.architecture === 'arm64' ? 'aarch64' : 'x86_64';
  const own: Record<string, string | undefined> = {
    zone: host.zone ?? undefined,
    pool: pool.name,
    'instance-type': host.instanceType,
    ...pool.labels,
  };
  return key.startsWith('node.labels.') ? own[name] : undefined;
};

/** Slots of a service on the host, but for that slot. */
const othersOn = ({ tasks }: Held, stack: string, service: string, slot: number | null): number =>
  new Set(
    tasks
      .filter((one) => one.stack === stack && one.service === service && one.wanted === 'run')
      .map((one) => one.slot)
      .filter((one) => one !== slot),
  ).size;

const used = ({ candidate, tasks }: Held, pick: (one: Assignment) => number): number =>
  sum(tasks.filter((one) => !candidate.ended.has(one.task)).map(pick));

function gpusLeft({ candidate, tasks }: Held): [string, number][] {
  return (candidate.schedulable.gpus ?? []).map((id) => [
    id,
    100 -
      sum(
        tasks
          .filter((one) => !candidate.ended.has(one.task) && one.gpus?.includes(id) === true)
          .map((one) => one.gpuSharePercent ?? 100),
      ),
  ]);
}

function refusal(needs: TaskNeeds, host: Held): string | null {
  const { candidate, tasks } = host;
  const rules = needs.rules ?? NO_RULES;
  const pool = candidate.pool ?? DEFAULT_POOL;
  const arch = (word: string): string =>
    ({ amd64: 'x86_64', arm64: 'aarch64' })[word.toLowerCase()] ?? word.toLowerCase();
  const holds = ({ key, operator, value }: (typeof rules.constraints)[number]): boolean => {
    const wanted = key === 'node.platform.arch' ? arch(value) : value.toLowerCase();
    return (label(candidate, key)?.toLowerCase() === wanted) === (operator === '==');
  };
  const mayStand = (taint: (typeof pool.taints)[number]): boolean =>
    rules.tolerations.some(
      (one) => one.key === taint.key && (one.value === undefined || one.value === taint.value),
    );
  const { schedulable: all } = candidate;
  const apart = [...rules.antiAffinity, ...(needs.avoidedBy ?? [])];
  const ofOne = (key: string): boolean => key === 'node.id' || key === 'node.hostname';
  if (candidate.unavailable !== undefined) return 'state';
  if (!rules.constraints.filter(({ key }) => ofOne(key)).every(holds)) return 'constraint';
  if (rules.pool !== undefined && rules.pool !== pool.name) return 'pool';
  if (needs.architecture !== candidate.architecture) return 'architecture';
  if (!rules.constraints.every(holds)) return 'constraint';
  if (!pool.taints.every(mayStand)) return 'taint';
  if (apart.some((name) => othersOn(host, needs.stack, name, name === needs.service ? needs.slot : null) > 0))
    return 'anti-affinity';
  const others = othersOn(host, needs.stack, needs.service, needs.slot);
  if (needs.maxReplicasPerHost !== undefined && others >= needs.maxReplicasPerHost) return 'max-per-host';
  if (needs.cpuMillis > all.cpuMillis - used(host, (one) => one.cpuMillis)) return 'cpu';
  if (needs.memoryBytes > all.memoryBytes - used(host, (one) => one.memoryBytes)) return 'memory';
  if (needs.pids > all.pids - used(host, (one) => one.pids)) return 'pids';
  const disk = (all.diskBytes ?? Infinity) - used(host, (one) => one.diskBytes ?? 0);
  if ((needs.diskBytes ?? 0) > Math.max(0, disk)) return 'disk';
  if (needs.ports.length > 10_000 - sum(tasks.map((one) => one.ports.length))) return 'ports';
  const { gpus } = needs;
  if (gpus === undefined) return null;
  return gpusLeft(host).filter(([, left]) => left >= gpus.sharePercent).length < gpus.count ? 'gpus' : null;
}

type Key = readonly (number | string)[];

function isLess(a: Key, b: Key): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** What is the same for every host that one task is compared on. */
interface View {
  readonly spreads: boolean;
  /** By level, replicas by the values down to there. */
  readonly counts: readonly ReadonlyMap<string, number>[];
  readonly pathOf: (host: Held, level: number) => string;
  readonly layers: ReadonlyMap<string, number>;
}

function viewOf(needs: TaskNeeds, all: readonly Held[]): View {
  const { spread } = needs.rules ?? NO_RULES;
  const spreads = spread.length > 0 || (needs.replicas ?? 1) >= 2;
  const asked = spread.filter((key) => key !== 'node.id' && key !== 'node.hostname');
  const levels = spread.length > 0 ? asked : spreads ? ['node.labels.zone'] : [];
  const pathOf = (host: Held, level: number): string =>
    JSON.stringify(levels.slice(0, level + 1).map((key) => label(host.candidate, key) ?? null));
  const counts = levels.map((_, level) => {
    const byPath = new Map<string, number>();
    for (const host of all) {
      const others = othersOn(host, needs.stack, needs.service, needs.slot);
      byPath.set(pathOf(host, level), (byPath.get(pathOf(host, level)) ?? 0) + others);
    }
    return byPath;
  });
  return { spreads, counts, pathOf, layers: layersOf(needs, all) };
}

function keyOf(needs: TaskNeeds, host: Held, view: View, seed: string): Key {
  const { candidate } = host;
  const rules = needs.rules ?? NO_RULES;
  const { schedulable } = candidate;
  const share = (free: number, total: number): number => (total === 0 ? 0 : free / total);
  const cpu = share(
    schedulable.cpuMillis - used(host, (one) => one.cpuMillis) - needs.cpuMillis,
    schedulable.cpuMillis,
  );
  const memory = share(
    schedulable.memoryBytes - used(host, (one) => one.memoryBytes) - needs.memoryBytes,
    schedulable.memoryBytes,
  );
  const here = new Set((candidate.images ?? []).flatMap((one) => one.layers.map(({ id }) => id)));
  const missing = sum([...view.layers].filter(([id]) => !here.has(id)).map(([, bytes]) => bytes));
  return [
    needs.failedOn?.includes(candidate.id) === true ? 1 : 0,
    ...view.counts.map((byPath, level) => byPath.get(view.pathOf(host, level)) ?? 0),
    -new Set(rules.affinity.filter((name) => othersOn(host, needs.stack, name, null) > 0)).size,
    view.spreads ? othersOn(host, needs.stack, needs.service, needs.slot) : 0,
    Math.floor(missing / (16 * 1024 * 1024)),
    Math.round(((cpu + memory) / 2 + 2 * Math.abs(cpu - memory)) * 10_000),
    hash32(`${seed}/${candidate.id}`),
    candidate.id,
  ];
}

/** Of the task's image, as the first host by id that has it tells: bytes by layer. */
function layersOf(needs: TaskNeeds, all: readonly Held[]): Map<string, number> {
  const teller = all
    .map((one) => one.candidate)
    .filter((one) => one.architecture === needs.architecture)
    .filter((one) => one.images?.some(({ image }) => image === needs.image) === true)
    .sort((a, b) => (a.id < b.id ? -1 : 1))[0];
  const layers = teller?.images?.find(({ image }) => image === needs.image)?.layers ?? [];
  return new Map(layers.map(({ id, bytes }) => [id, bytes]));
}

function taskOf(needs: TaskNeeds, host: Held): Assignment {
  const { gpus } = needs;
  const chosen = gpus
    ? gpusLeft(host)
        .filter(([, left]) => left >= gpus.sharePercent)
        .sort(([a, less], [b, more]) => less - more || (a < b ? -1 : 1))
        .slice(0, gpus.count)
        .map(([id]) => id)
    : [];
  return {
    task: `${needs.service}-${needs.slot}-${host.tasks.length}` as Assignment['task'],
    stack: needs.stack,
    service: needs.service,
    slot: needs.slot,
    revision: needs.revision,
    digest: needs.digest,
    wanted: 'run',
    ports: needs.ports.map((port) => ({ ...port, host: 0 })),
    cpuMillis: needs.cpuMillis,
    memoryBytes: needs.memoryBytes,
    pids: needs.pids,
    diskBytes: needs.diskBytes,
    gpus: chosen,
    gpuSharePercent: gpus?.sharePercent,
    createdAtMs: 0,
    wantedAtMs: 0,
    reason: '',
  };
}
