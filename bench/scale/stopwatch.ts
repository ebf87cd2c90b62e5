/** What a piece of work took: time, DynamoDB's units, and calls of AWS. */
import type { Units } from '../../test/support/dynamo-model/meter.ts';
import type { ControlPlane } from './control-plane.ts';

export interface Cost extends Units {
  /** By the clock on the wall, the stand-ins for AWS left out. */
  readonly ms: number;
  /** Of processor time, the same. */
  readonly cpuMs: number;
  /** Answers of DynamoDB that had to be waited for one after the other, 50 requests at once. */
  readonly rounds: number;
  /** Of the partition that had the most to do. */
  readonly hottest: Units & { readonly key: string };
  readonly calls: Readonly<Record<string, number>>;
}

/** Forgets what was counted before. */
export async function measure(
  { dynamo, counter }: Pick<ControlPlane, 'dynamo' | 'counter'>,
  work: () => Promise<unknown>,
): Promise<Cost> {
  dynamo.take();
  counter.take();
  const [used, startMs] = [process.cpuUsage(), performance.now()];
  await work();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(used);
  const [table, others] = [dynamo.take(), counter.take()];
  const standInMs = table.answeringMs + others.answeringMs;
  const standInCpuMs = table.answeringCpuMs + others.answeringCpuMs;
  const ofTable = Object.entries(table.calls).map(([name, count]) => [`DynamoDB ${name}`, count] as const);
  return {
    ms: ms - standInMs,
    cpuMs: Math.max(0, (user + system) / 1000 - standInCpuMs),
    rounds: table.rounds,
    reads: table.reads,
    writes: table.writes,
    hottest: hottestOf(table.byPartition),
    calls: { ...others.calls, ...Object.fromEntries(ofTable) },
  };
}

/** By how long it would take at DynamoDB's rates for one partition. */
function hottestOf(byPartition: ReadonlyMap<string, Units>): Cost['hottest'] {
  const all = [...byPartition].map(([key, units]) => ({ key, ...units }));
  return all.sort((a, b) => leastSeconds(b) - leastSeconds(a))[0] ?? { key: '-', reads: 0, writes: 0 };
}

/** "A partition delivers up to 3,000 read units and 1,000 write units a second" (Developer Guide, partition key design). */
export const PARTITION = { reads: 3000, writes: 1000 } as const;

/** Seconds in which one partition delivers so many units. */
export const leastSeconds = ({ reads, writes }: Units): number =>
  Math.max(reads / PARTITION.reads, writes / PARTITION.writes);

export const NOTHING: Cost = {
  ...{ ms: 0, cpuMs: 0, rounds: 0, reads: 0, writes: 0, calls: {} },
  hottest: { key: '-', reads: 0, writes: 0 },
};

/** Together; of the hottest partitions the hotter one. */
export const plus = (a: Cost, b: Cost): Cost => ({
  ms: a.ms + b.ms,
  cpuMs: a.cpuMs + b.cpuMs,
  rounds: a.rounds + b.rounds,
  reads: a.reads + b.reads,
  writes: a.writes + b.writes,
  hottest: leastSeconds(a.hottest) < leastSeconds(b.hottest) ? b.hottest : a.hottest,
  calls: addCalls(a.calls, b.calls),
});

/** So many times. */
export const times = (count: number, cost: Cost): Cost => ({
  ms: cost.ms * count,
  cpuMs: cost.cpuMs * count,
  rounds: cost.rounds * count,
  reads: cost.reads * count,
  writes: cost.writes * count,
  hottest: cost.hottest,
  calls: Object.fromEntries(Object.entries(cost.calls).map(([name, value]) => [name, value * count])),
});

function addCalls(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].sort().map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
