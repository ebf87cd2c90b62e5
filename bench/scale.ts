/**
 * What a cluster of so many hosts takes of the control plane, and how it grows: the functions' own use-cases, stores and
 * adapters over models of DynamoDB, EC2 and Route 53 in process, agents as calls of their routes, 20 replicas a host.
 *
 * Measured: from an accepted deploy to durable placements; passes of the loops and of the tick, at rest and after one change;
 * DynamoDB's units and their price; calls of AWS beside their quotas. No cloud and no network: latency is told as the number
 * of answers that are waited for one after the other, and what a model takes to answer is left out of the times.
 */
import { loadavg } from 'node:os';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { createCluster, settle } from './scale/cluster.ts';
import { atRest, change, fill, passesAtRest, type Change, type Passes } from './scale/phases.ts';
import { report, type SizeResult } from './scale/report.ts';
import { REPLICAS_PER_HOST } from './scale/stacks.ts';

const SIZES = [10, 100, 1000];
/** From here on one round says enough, and takes long enough. */
const LARGE = 3000;

const scale: Bench = {
  name: 'scale',
  summary:
    'passes, placements, DynamoDB units and AWS calls of clusters of 10 to 10,000 hosts, and how they grow',
  async run(options) {
    const loadBefore = loadavg()[0] ?? 0;
    const results: SizeResult[] = [];
    for (const hosts of options.sizes ?? SIZES) results.push(await measureSize(hosts, options));
    return report(results, options.rounds, loadBefore);
  },
};
export default scale;

async function measureSize(hosts: number, { rounds, note }: BenchOptions): Promise<SizeResult> {
  note(`${String(hosts)} hosts: launched and registered`);
  const cluster = await createCluster(hosts);
  await settle(cluster);
  note(`${String(hosts)} hosts: filled`);
  const filled = await fill(cluster, hosts * REPLICAS_PER_HOST);
  note(`${String(hosts)} hosts: at rest`);
  const rest = await atRest(cluster);
  const resting: Passes[] = [];
  const changes: Change[] = [];
  const count = hosts >= LARGE ? 1 : rounds;
  for (let round = 1; round <= count; round += 1) {
    note(`${String(hosts)} hosts: round ${String(round)} of ${String(count)}`);
    resting.push(await passesAtRest(cluster));
    changes.push(await change(cluster, round, count));
  }
  return { hosts, fill: filled, atRest: rest, resting, changes, zoneSets: cluster.plane.zone.sets() };
}
