/**
 * I37: an autoscaled service never gets a replica above its max, and has its min once things are calm.
 * I38: under a steady load its number does not swing: at most two changes of direction in ten minutes.
 */
import { isGone, type Host } from '../../../functions/core/model/host.ts';
import type { HostManifest } from '../../../functions/core/model/task.ts';
import type { Bounds } from '../plan/workload.ts';
import type { Watcher } from '../world/watch.ts';
import type { Judge } from './invariants.ts';

const SWINGS_MAX = 2;
const SWING_MS = 600_000;
/** What a pass read may be so old when it commits. */
const READ_MS = 60_000;

interface Change {
  readonly atMs: number;
  readonly way: 1 | -1;
}

export function scalingInvariants({ world, check }: Judge): Watcher {
  const hosts = new Map<string, Host>();
  const manifests = new Map<string, HostManifest>();
  /** Bounds that hold, or did until a moment ago. */
  const bounds = new Map<string, { readonly of: Bounds; untilMs: number }[]>();
  const changes = new Map<string, Change[]>();
  const nowMs = world.scheduler.nowMs;
  const runs = (key: string): number => {
    const slots = [...manifests.values()].flatMap(({ host, assignments }) => {
      const state = hosts.get(host)?.state;
      if (state === undefined || isGone(state) || state === 'lost') return [];
      return assignments.filter((one) => one.wanted === 'run' && `${one.stack}/${one.service}` === key);
    });
    return new Set(slots.map(({ slot }) => slot)).size;
  };
  /**
   * Manifests are written one by one: that with a replacement may be there before that without what is surplus. What
   * stays so is wrong.
   */
  const checkMax = (service: string, task: string, isSecondLook = false): void => {
    const held = (bounds.get(service) ?? []).filter(({ untilMs }) => untilMs >= nowMs());
    if (held.length === 0) return;
    const max = Math.max(...held.map(({ of }) => of.max));
    const count = runs(service);
    if (count > max && (!isSecondLook || isDisturbed()))
      world.scheduler.in(READ_MS, () => checkMax(service, task, !isDisturbed()));
    else
      check(
        'I37',
        count <= max,
        () => `${service} has ${count} replicas since ${task}, and its max is ${max}`,
      );
  };
  const isDisturbed = (): boolean => world.mood.disturbed() || world.mood.controlPlaneDown;

  return {
    host: (row, _before, key) => {
      if (row === null) hosts.delete(key);
      else hosts.set(key, row);
    },
    bounds: (stack, services) => {
      for (const [key, known] of bounds)
        if (key.startsWith(`${stack}/`))
          for (const one of known) one.untilMs = Math.min(one.untilMs, nowMs() + READ_MS);
      for (const [service, of] of Object.entries(services)) {
        const key = `${stack}/${service}`;
        const known = (bounds.get(key) ?? []).filter(({ untilMs }) => untilMs >= nowMs());
        if (of !== null) known.push({ of, untilMs: Infinity });
        // A service that is not autoscaled (any more) has the document's number.
        bounds.set(key, of === null ? [] : known);
        changes.delete(key);
      }
    },
    manifest: (row, before, key) => {
      if (row === null) {
        manifests.delete(key);
        return;
      }
      manifests.set(key, row);
      const known = new Set(before?.assignments.map(({ task }) => task));
      for (const one of row.assignments) {
        if (one.wanted !== 'run' || known.has(one.task)) continue;
        checkMax(`${one.stack}/${one.service}`, one.task);
      }
    },
    scale: (row, before, key) => {
      if (row?.replicas == null || before?.replicas == null || row.replicas === before.replicas) return;
      if (isDisturbed()) changes.delete(key);
      const way = row.replicas > before.replicas ? 1 : -1;
      const recent = [...(changes.get(key) ?? []), { atMs: nowMs(), way } as const].filter(
        ({ atMs }) => atMs > nowMs() - SWING_MS,
      );
      changes.set(key, recent);
      const swings = recent.filter((one, index) => index > 0 && one.way !== recent[index - 1]?.way).length;
      check(
        'I38',
        swings <= SWINGS_MAX,
        () => `${key} has changed its direction ${swings} times: ${row.reason}`,
      );
    },
    converged: () => {
      for (const [key, held] of bounds) {
        const now = held.find(({ untilMs }) => untilMs === Infinity);
        if (now === undefined) continue;
        const count = runs(key);
        check('I37', count >= now.of.min, () => `${key} has ${count} replicas, and its min is ${now.of.min}`);
      }
    },
  };
}
