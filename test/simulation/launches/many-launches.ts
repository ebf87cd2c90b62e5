/** The case that so many launches, on seeds that nobody has seen, leak no instance and make none twice. */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { LaunchesResult } from './run-launches.ts';
import type { LaunchOrder } from './worker.ts';

const WAVES = 4;

/** @param launches hosts that CreateFleet is asked for */
export function manyLaunches(launches: number, timeoutMs: number): void {
  it(
    `${launches} launches leak no instance, and make none twice`,
    async () => {
      const seed = Date.now().toString(36);
      const startedMs = performance.now();
      const results = await runMany(launches, seed);
      const sum = (of: (one: LaunchesResult) => number): number =>
        results.reduce((total, one) => total + of(one), 0);
      const errors = countsOf(results);
      console.log(
        `seed ${seed}: ${sum((one) => one.launches)} launches for ${sum((one) => one.intents)} intents in ${Math.round((performance.now() - startedMs) / 1000)} s: ` +
          `${sum((one) => one.instances)} instances, ${sum((one) => one.terminated)} terminated, ` +
          `${sum((one) => one.orphans)} without a row when the faults stopped; ` +
          `in order ${Math.max(...results.map((one) => one.slowestMs)) / 1000} s later at the latest\n` +
          [...errors].map(([code, count]) => `${code} ${count}`).join(', '),
      );
      expect(results.flatMap((one) => (one.violation ? [`${one.seed}: ${one.violation}`] : []))).toEqual([]);
      expect(sum((one) => one.launches)).toBeGreaterThanOrEqual(launches);
      expect(sum((one) => one.terminated)).toBe(sum((one) => one.instances));
      // Else the faults were not what they are meant to be.
      expect(sum((one) => one.orphans)).toBeGreaterThan(0);
      expect(errors.get('no answer')).toBeGreaterThan(launches / 100);
      expect(errors.size).toBeGreaterThan(70);
    },
    timeoutMs,
  );
}

function countsOf(results: readonly LaunchesResult[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { errors } of results)
    for (const [code, count] of Object.entries(errors)) counts.set(code, (counts.get(code) ?? 0) + count);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** On two cores; the first violation ends it. */
async function runMany(launches: number, seed: string): Promise<readonly LaunchesResult[]> {
  const results: LaunchesResult[] = [];
  let [made, handedOut] = [0, 0];
  const work = async (): Promise<void> => {
    const child = fork(join(import.meta.dirname, 'worker.ts'), { execArgv: [] });
    try {
      while (made < launches && results.every((one) => one.violation === undefined)) {
        const result = await ask(child, { seed: `${seed}-${(handedOut += 1)}`, waves: WAVES });
        made += result.launches;
        results.push(result);
      }
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return results;
}

function ask(child: ChildProcess, order: LaunchOrder): Promise<LaunchesResult> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`the worker ended (${code}) with the seed ${order.seed}`));
    child.once('exit', gone);
    child.once('message', (result) => {
      child.off('exit', gone);
      resolve(result as LaunchesResult);
    });
    child.send(order);
  });
}
