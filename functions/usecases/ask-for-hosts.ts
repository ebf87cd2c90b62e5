/** Writes the intents that the demand asks for; the next pass launches them. */
import type { ClusterPlan } from '../core/decide-cluster.ts';
import { writeIntents, type HostBatch } from '../core/hosts/intent.ts';
import { launchPauseUntilMs } from '../core/hosts/next-steps.ts';
import type { HostCatalog } from '../core/hosts/offerings.ts';
import { planHosts } from '../core/hosts/plan-hosts.ts';
import type { PoolRefusal } from '../core/model/offering.ts';
import { noteInVain } from '../core/preemption/may-preempt.ts';
import type { Unplaced } from '../core/scheduling/plan.ts';
import { isGone } from '../core/model/host.ts';
import { poolsOf } from '../core/model/pool.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { priceBook } from './read-prices.ts';
import { recordDecisions } from './record-decisions.ts';
import { row, save } from './provision-session.ts';
import type { LaunchDeps } from './launch-hosts.ts';

/** Of one pass: a mistake of ours makes no more. */
export const LAUNCHES_PER_PASS = 10;

export interface Asked {
  readonly written: boolean;
  /** When more may be had than now; null: only news will tell. */
  readonly againAtMs: number | null;
}

export async function askForHosts(
  deps: LaunchDeps,
  snapshot: Snapshot,
  { unplaced }: Pick<ClusterPlan, 'unplaced'>,
): Promise<Asked> {
  if (unplaced.length === 0 && !hasFloor(snapshot)) {
    await tellRefusals(deps, []);
    await tellInVain(deps, snapshot, []);
    return { written: false, againAtMs: null };
  }
  const nowMs = deps.clock.nowMs();
  const catalog = await readCatalog(deps, snapshot);
  const memory = deps.memory.now();
  const plan = planHosts({ snapshot, unplaced, catalog, memory, limit: LAUNCHES_PER_PASS, nowMs });
  await tellRefusals(deps, plan.refusals);
  await tellInVain(deps, snapshot, plan.inVain);
  const pauseUntilMs = launchPauseUntilMs(snapshot.hosts.map((view) => view.host));
  if (plan.batches.length === 0) return { written: false, againAtMs: plan.againAtMs };
  if (nowMs < pauseUntilMs) return { written: false, againAtMs: null };
  for (const batch of plan.batches) await writeBatch(deps, batch);
  return { written: true, againAtMs: null };
}

export async function writeBatch(deps: LaunchDeps, batch: HostBatch): Promise<void> {
  const template = await deps.launcher.launchTemplate(batch.architecture, batch.securityGroups);
  const at = { nowMs: deps.clock.nowMs(), seed: deps.ids.seed() };
  for (const intent of writeIntents(batch, template, at))
    await save(deps, intent, row('host-requested', intent, batch.reason));
}

/** Pools that keep hosts or room whatever runs. */
const hasFloor = ({ settings }: Snapshot): boolean =>
  poolsOf(settings).some(({ hostsMin, headroom }) => hostsMin > 0 || headroom !== null);

/** Of all types that pools name or hosts have: their prices count against budgets. */
export async function readCatalog(
  { launcher, prices, pricing }: Pick<LaunchDeps, 'launcher' | 'prices' | 'pricing'>,
  { hosts, settings }: Snapshot,
): Promise<HostCatalog> {
  const present = hosts.filter(({ host }) => !isGone(host.state)).map(({ host }) => host.launch.instanceType);
  const names = new Set([...poolsOf(settings).flatMap((pool) => pool.instanceTypes), ...present]);
  const [subnets, book, types] = await Promise.all([
    launcher.subnets(),
    priceBook({ prices, source: pricing.source }),
    Promise.all([...names].map(async (name) => [name, await launcher.sizeOf(name)] as const)),
  ]);
  const known = new Map(types.flatMap(([name, type]) => (type === null ? [] : [[name, type]])));
  return { subnets, securityGroups: launcher.securityGroups, types: known, prices: book };
}

/** Each once, until it changes. Seconds that run down change nothing. */
async function tellRefusals(deps: LaunchDeps, refusals: readonly PoolRefusal[]): Promise<void> {
  const before = deps.memory.now().refusals;
  const words = ({ message }: PoolRefusal): string => message.replaceAll(/in \d+ s/g, '');
  const isKnown = (one: PoolRefusal): boolean =>
    before.some((other) => other.pool === one.pool && words(other) === words(one));
  const fresh = refusals.filter((one) => !isKnown(one));
  if (fresh.length === 0 && refusals.length === before.length) return;
  await recordDecisions(
    deps,
    'provision',
    fresh.map(({ pool, message }) => ({ code: 'pool-exhausted', subject: pool, stack: null, message })),
  );
  await deps.memory.change((memory) => ({ ...memory, refusals }));
}

/** What would take the room of others may do so now: the reconcile loop decides about it. */
async function tellInVain(
  deps: LaunchDeps,
  { settingsChange }: Snapshot,
  unplaced: readonly Unplaced[],
): Promise<void> {
  const before = deps.memory.now();
  const waiting = unplaced.filter(({ room }) => room !== undefined).map(({ needs }) => needs);
  const inVain = noteInVain({ offerings: before, settingsChange }, waiting, deps.clock.nowMs());
  if (inVain === before.inVain) return;
  await deps.memory.change((memory) => ({ ...memory, inVain }));
  if (inVain.some((one) => !before.inVain.includes(one)))
    await deps.wakes.reconcile('no host can come for a task that may take the room of others');
}
