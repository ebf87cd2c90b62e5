/**
 * How many placements a second the planner decides on one processor, and whether they are right.
 *
 * A cluster that is 60 % full, 500 different services with every kind of rule, ten tasks a host in one batch; the whole of
 * `planPlacements` is timed, the index of the fleet and every reason included. Beside it, on the same tasks: a naive
 * planner that looks at every host for every task; it is also the oracle of the answers. No cloud and no engine.
 */
import { loadavg } from 'node:os';
import { planPlacements, type PlacementPlan } from '../functions/core/scheduling/plan.ts';
import type { TaskNeeds } from '../functions/core/scheduling/needs.ts';
import { oraclePlan } from '../test/support/placement-oracle.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';
import { summarize } from './lib/stats.ts';
import { report, type Checked, type PlacementCase } from './placement/report.ts';
import { timeDecisions } from './placement/decisions.ts';
import { timePreemption, type PreemptionCase } from './placement/preemption.ts';
import { benchBatch, benchHosts, benchServices } from './placement/world.ts';

const SIZES = [100, 1000, 10_000, 100_000];
const SERVICES = 500;
const FULL = 0.6;
const TASKS_PER_HOST = 10;
/** More tells nothing more: the last size would take minutes. */
const TASKS_MAX = 100_000;
/** So many placements of the batch are checked by the oracle, evenly over all of it, and all that fit nowhere; at this many hosts. */
const CHECKED = { hosts: 1000, placements: 1000 } as const;
/** Where preemption is timed: hosts with room, where next to nobody asks for it, and full ones. */
const PREEMPTION = { hostsMax: 10_000, tasksMax: 20_000, full: [FULL, 0.98], rounds: 2 } as const;

const placement: Bench = {
  name: 'placement',
  summary: 'placements a second, beside a planner that looks at every host each time; checked against it',
  run(options) {
    const loadBefore = loadavg()[0] ?? 0;
    const sizes = options.sizes ?? SIZES;
    const cases = sizes.map((hosts) => measure(hosts, options));
    const preemption = sizes.flatMap((hosts) => preempt(hosts, options));
    if (!sizes.includes(CHECKED.hosts)) return Promise.resolve(report(cases, preemption, null, loadBefore));
    options.note(`the oracle checks ${String(CHECKED.placements)} placements`);
    return Promise.resolve(report(cases, preemption, check(), loadBefore));
  },
};
export default placement;

function measure(hosts: number, options: BenchOptions): PlacementCase {
  options.note(`${String(hosts)} hosts`);
  const services = benchServices(SERVICES);
  const fleet = benchHosts(hosts, services, FULL);
  const batch = benchBatch(Math.min(hosts * TASKS_PER_HOST, TASKS_MAX), services);
  const rates: number[] = [];
  const wallRates: number[] = [];
  let plan: PlacementPlan = { placed: [], unplaced: [] };
  for (let round = 0; round <= options.rounds; round += 1) {
    const [used, startMs] = [process.cpuUsage(), performance.now()];
    plan = planPlacements(batch, fleet, 0, `bench/${String(round)}`);
    const { user, system } = process.cpuUsage(used);
    const wallMs = performance.now() - startMs;
    // The first round warms up.
    if (round === 0) continue;
    rates.push(batch.length / ((user + system) / 1e6));
    wallRates.push(batch.length / (wallMs / 1e3));
  }
  return {
    hosts,
    running: fleet.reduce((total, { assignments }) => total + assignments.length, 0),
    tasks: batch.length,
    placed: plan.placed.length,
    perSecond: summarize(rates),
    perSecondByClock: summarize(wallRates),
    decisions: timeDecisions(batch, fleet),
  };
}

function preempt(hosts: number, options: BenchOptions): PreemptionCase[] {
  if (hosts > PREEMPTION.hostsMax) return [];
  return PREEMPTION.full.map((full) => {
    options.note(`preemption, ${String(hosts)} hosts ${String(Math.round(full * 100))} % full`);
    const tasks = Math.min(hosts * TASKS_PER_HOST, PREEMPTION.tasksMax);
    return timePreemption({ hosts, full, services: SERVICES, tasks }, PREEMPTION.rounds);
  });
}

/** The same tasks once more, by the oracle; it also is the peer. What it is not asked it takes from the plan. */
function check(): Checked {
  const services = benchServices(SERVICES);
  const fleet = benchHosts(CHECKED.hosts, services, FULL);
  const batch = benchBatch(CHECKED.hosts * TASKS_PER_HOST, services);
  const plan = planPlacements(batch, fleet, 0, 'bench/check');
  const name = (needs: TaskNeeds): string => `${needs.service}-${String(needs.slot)}`;
  const hosts = new Map(plan.placed.map(({ needs, host }) => [name(needs), host]));
  const counts = (of: [string, number][]): string => JSON.stringify(Object.fromEntries(of.sort()));
  const refused = new Map(
    plan.unplaced.map(({ needs, refusals }) => [
      name(needs),
      counts(refusals.map((one) => [one.filter, one.hosts])),
    ]),
  );
  const every = Math.floor(batch.length / CHECKED.placements);
  const known = (needs: TaskNeeds, index: number): string | null =>
    index % every === 0 ? null : (hosts.get(name(needs)) ?? null);
  const used = process.cpuUsage();
  const answers = oraclePlan(batch, fleet, 'bench/check', known);
  const { user, system } = process.cpuUsage(used);
  const differences = answers.filter(
    (one) =>
      (hosts.get(name(one.needs)) ?? null) !== one.host ||
      (one.host === null && refused.get(name(one.needs)) !== counts(Object.entries(one.refused))),
  );
  return {
    hosts: CHECKED.hosts,
    placements: answers.length,
    unplaced: answers.filter(({ host }) => host === null).length,
    differences: differences.length,
    naivePerSecond: answers.length / ((user + system) / 1e6),
  };
}
