/**
 * I9 and I30: what has to be over in time. Every fifteen seconds the truth (machines, containers) is held against the
 * zone and the manifests; time counts only while no fault hinders those who would have to act.
 */
import { LABELS } from '../../../agent/docker/engine.ts';
import { serviceOwner } from '../../../functions/core/discovery/names.ts';
import { ZONE } from '../../support/builders.ts';
import type { Watcher } from '../world/watch.ts';
import { MEDDLED_PORT } from '../world/zone.ts';
import { auditedAtMs, isControlPlaneHindered, isSoundMachine } from './hindrance.ts';
import type { Judge } from './invariants.ts';
import { createRows, isFrozen, type Rows } from './rows.ts';

const LOOK_MS = 15_000;
/**
 * I9. In the worst case a dead host has no witness: two missed beats of 60 s and 5 s of grace, and then a pass, a batch
 * and a look of ours. (With witnesses it is 45 s: test/unit/usecases/host-loss.test.ts.)
 */
const IN_DNS_MS = 165_000;
/** I30. The same, and the 30 s until a suspect host is lost. */
const REPLACED_MS = 210_000;

export function deadlineInvariants(judge: Judge): Watcher {
  const { world } = judge;
  const rows = createRows();
  const inDns = stopwatch(judge, 'I9', IN_DNS_MS);
  const replaced = stopwatch(judge, 'I30', REPLACED_MS);
  const withoutTask = missing(judge, rows);
  const look = (): void => {
    const isOff = isControlPlaneHindered(world) || isFrozen(rows);
    inDns(isOff ? new Map() : wronglyServed(judge, rows));
    const lost = withoutTask();
    replaced(isOff ? new Map() : lost);
    world.scheduler.in(LOOK_MS, look);
  };
  world.scheduler.in(LOOK_MS, look);
  return rows.watcher;
}

/** What is wrong now, each with its words. */
type Look = () => ReadonlyMap<string, () => string>;

/** What was wrong at each look for so long, without a break, is a violation. */
function stopwatch({ world, check }: Judge, invariant: string, longestMs: number) {
  let since = new Map<string, number>();
  return (wrong: ReadonlyMap<string, () => string>): void => {
    const nowMs = world.scheduler.nowMs();
    since = new Map([...wrong.keys()].map((key) => [key, since.get(key) ?? nowMs]));
    for (const [key, sinceMs] of since) {
      const forMs = nowMs - sinceMs;
      check(invariant, forMs <= longestMs, () => `for ${forMs / 1000} s now: ${wrong.get(key)?.() ?? key}`);
    }
    check(invariant, true, () => '');
  };
}

/** Records of replicas that are not there or not healthy, while a healthy one of the service is. */
function wronglyServed({ world }: Judge, { manifests }: Rows): Map<string, () => string> {
  const good = new Set<string>();
  const goodOwners = new Set<string>();
  for (const machine of world.machines.values()) {
    if (!machine.on) continue;
    const healthy = new Set<string | undefined>();
    for (const { state, health, labels } of machine.docker.containers())
      if (state === 'running' && (health === 'healthy' || health === 'none'))
        healthy.add(labels[LABELS.task]);
    for (const { task, stack, service, ports } of manifests.get(machine.host)?.assignments ?? []) {
      if (!healthy.has(task)) continue;
      goodOwners.add(serviceOwner(stack, service));
      for (const port of ports) good.add(`${port.host} ${machine.host}.${ZONE}.`);
    }
  }
  const wrong = new Map<string, () => string>();
  for (const [key, { name, owner, target, host }] of world.zone.wanted) {
    if (target.startsWith(`${MEDDLED_PORT} `) && world.scheduler.nowMs() < auditedAtMs(world)) continue;
    // Nothing of it is healthy: what was served stays (fail open).
    if (good.has(target) || !goodOwners.has(owner)) continue;
    const machine = world.machineOf(host);
    // Who is up and cannot tell, or not be told, is not expected to.
    if (machine?.on === true && !isSoundMachine(machine)) continue;
    wrong.set(key, () => `${name} leads to ${target}, where nothing healthy runs`);
  }
  return wrong;
}

/**
 * Replicas that are wanted and have no task on a living host, and nobody says why. A service that was scaled need not have
 * the slots 1 to its number: so many are to be there, and of those that are not, the ones that were there last are missed.
 */
function missing({ world }: Judge, { manifests, services, wanted }: Rows): Look {
  const seenAtMs = new Map<string, Map<number, number>>();
  return () => {
    const there = new Map<string, Set<number>>();
    for (const machine of world.machines.values())
      for (const one of (machine.on ? manifests.get(machine.host)?.assignments : undefined) ?? [])
        if (one.wanted === 'run') slotsOf(there, one.stack, one.service).add(one.slot);
    const wrong = new Map<string, () => string>();
    for (const [stack, replicas] of wanted)
      for (const [service, count] of Object.entries(replicas)) {
        const state = services.get(`${stack}#${service}`);
        const taken = new Set(slotsOf(there, stack, service));
        const seen = seenAtMs.get(`${stack}/${service}`) ?? new Map<number, number>();
        seenAtMs.set(`${stack}/${service}`, seen);
        for (const slot of taken) seen.set(slot, world.scheduler.nowMs());
        for (const slot of Object.keys(state?.slots ?? {})) taken.add(Number(slot));
        if (state?.state === 'failed') continue;
        for (const slot of missed(taken, seen, count)) {
          const key = `${stack}/${service}/${slot}`;
          wrong.set(
            key,
            () => `${key} has no task on a living host, and no reason: ${state?.reason ?? 'none'}`,
          );
        }
      }
    return wrong;
  };
}

function slotsOf(all: Map<string, Set<number>>, stack: string, service: string): Set<number> {
  const slots = all.get(`${stack}/${service}`) ?? new Set();
  all.set(`${stack}/${service}`, slots);
  return slots;
}

/** As many slots as are too few: those that were there last, then the lowest numbers that never were. */
function missed(taken: ReadonlySet<number>, seen: ReadonlyMap<number, number>, count: number): number[] {
  const left = [...seen].filter(([slot]) => !taken.has(slot)).sort(([a, at], [b, bAt]) => bAt - at || a - b);
  const fresh = Array.from({ length: count }, (_, index) => index + 1).filter(
    (slot) => !taken.has(slot) && !seen.has(slot),
  );
  return [...left.map(([slot]) => slot), ...fresh].slice(0, Math.max(0, count - taken.size));
}
