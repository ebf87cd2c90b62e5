/**
 * From intents to instances: each batch is launched by one call, its instances are claimed by its rows, and each is told
 * which host it is.
 *
 *   intent rows -> CreateFleet(token of the batch) -> rows with instance ids -> tag berth:host on each instance
 *
 * Killed anywhere in between, the next pass finds the instances by the batch's tag, then asks again with the same token, to
 * which EC2 answers with the same instances.
 */
import { afterLaunch, bootingHost } from '../core/hosts/after-launch.ts';
import { expectedCapacity } from '../core/hosts/imagined.ts';
import { forgetShortage, rememberFailures } from '../core/hosts/shortages.ts';
import type { Host } from '../core/model/host.ts';
import { isAlive, type InstanceView } from '../core/model/instance.ts';
import { ThrottledError } from './errors.ts';
import { recordDecisions } from './record-decisions.ts';
import type { RequestPace } from './request-pace.ts';
import { row, save, type ProvisionDeps } from './provision-session.ts';
import type { Remembered } from './offering-memory.ts';

/** An instance that EC2 does not show yet is named again after this long. */
export const NAME_AGAIN_MS = 1_000;

export interface LaunchDeps extends ProvisionDeps {
  readonly memory: Remembered;
  /** Two calls a second after a burst: see `request-pace.ts`. */
  readonly pace: RequestPace;
}

interface Seen {
  readonly rows: readonly Host[];
  readonly instances: readonly InstanceView[];
}

/** @param waiting intents of one batch. Resolves with when to look at them again; null: whenever something happens. */
export async function launchHosts(
  deps: LaunchDeps,
  waiting: readonly Host[],
  seen: Seen,
): Promise<number | null> {
  const [first] = waiting;
  if (first === undefined) return null;
  await deps.pace.turn();
  const outcome = await deps.launcher.launch(first.launch);
  if (outcome.kind === 'unknown') deps.pace.throttled();
  else deps.pace.succeeded();
  const rows = [...waiting].sort((a, b) => (a.id < b.id ? -1 : 1));
  const after = afterLaunch(rows, outcome, elsewhere(seen), deps.clock.nowMs());
  // First what happened, then what follows from it: a crash in between costs words, never an instance.
  const dueAtMs: number[] = [];
  for (const host of after.stored) {
    const next = host.instanceId === null ? host : await withCapacity(deps, host, seen.rows);
    if (!(await save(deps, next, null))) continue;
    const again = next.instanceId === null ? next.retryAtMs : await nameHost(deps, next);
    if (again !== null) dueAtMs.push(again);
  }
  for (const host of after.dropped) await deps.hosts.removeHost(host.id, host.version);
  await recordDecisions(deps, 'provision', after.decisions);
  const nowMs = deps.clock.nowMs();
  for (const host of after.stored) {
    const { instanceType, subnetId } = host.launch;
    const quota = (await deps.launcher.sizeOf(instanceType))?.quota ?? null;
    if (host.instanceId !== null)
      await deps.memory.change((memory) =>
        forgetShortage(memory, { instanceType, subnetId, zone: host.zone ?? '' }, quota),
      );
  }
  // After the successes: of an offering that gave some and then no more, the last word counts.
  if (after.failures.length > 0)
    await deps.memory.change((memory) => rememberFailures(memory, after.failures, nowMs));
  if (after.dropped.length > 0) dueAtMs.push(nowMs);
  return dueAtMs.length === 0 ? null : Math.min(...dueAtMs);
}

/** Instances that are other rows', and those that are gone. */
const elsewhere = ({ rows, instances }: Seen): ReadonlySet<string> =>
  new Set([
    ...rows.flatMap((host) => host.instanceId ?? []),
    ...instances.filter((one) => !isAlive(one)).map((one) => one.instanceId),
  ]);

/** EC2 chose its type: what is expected of it may be more than what the intent was written for. */
async function withCapacity(deps: LaunchDeps, host: Host, rows: readonly Host[]): Promise<Host> {
  const size = await deps.launcher.sizeOf(host.launch.instanceType);
  return size === null ? host : { ...host, capacity: expectedCapacity(rows, host.launch.instanceType, size) };
}

/** The launch had happened: record it, and name the instance. */
export async function foundHost(
  deps: LaunchDeps,
  host: Host,
  instance: InstanceView,
  seen: Seen,
): Promise<number | null> {
  const { instanceId, instanceType, subnetId, zone, address, launchedAtMs } = instance;
  const reason = `${instanceId} boots; its launch had happened without a record`;
  const launched = { instanceId, offering: { instanceType, subnetId, zone } };
  const next = bootingHost(host, launched, { address, launchedAtMs, reason });
  const told = row('host-found', host, `${instanceId} belongs to this intent (tag berth:intent): ${reason}`);
  if (!(await save(deps, await withCapacity(deps, next, seen.rows), told))) return null;
  return nameHost(deps, next);
}

/** Resolves with when to try again; null: it is named. */
export async function nameHost(deps: LaunchDeps, { id, instanceId }: Host): Promise<number | null> {
  const againAtMs = deps.clock.nowMs() + NAME_AGAIN_MS;
  if (instanceId === null) return null;
  try {
    return (await deps.launcher.name(instanceId, id)) ? null : againAtMs;
  } catch (error) {
    if (error instanceof ThrottledError) return againAtMs;
    throw error;
  }
}
