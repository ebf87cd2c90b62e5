/** I8 for instances, I12 to I14, I24: what may happen to instances and hosts. */
import { isGone, type Host } from '../../../functions/core/model/host.ts';
import type { HostLease } from '../../../functions/core/model/task.ts';
import type { Watcher } from '../world/watch.ts';
import type { Judge } from './invariants.ts';
import { ofBatch, unowned } from './owners.ts';

/** I12: longest life of an instance that no row knows. */
const UNOWNED_MS = 5 * 60_000;
/** I13: launches within a minute. A pass makes at most 10 intents, and one that fails is tried again at once. */
const LAUNCHES_A_MINUTE = 40;
/** I14: a host that beat within this is alive. */
const FRESH_BEATS = 1.5;

export function cloudInvariants({ world, check }: Judge): Watcher {
  const hosts = new Map<string, Host>();
  const leases = new Map<string, HostLease>();
  const unownedSince = new Map<string, number>();
  const launches: number[] = [];
  const aliveIds = (): ReadonlySet<string> => new Set(world.ec2.alive().map(({ id }) => id));

  return {
    lease: (lease) => void leases.set(lease.host, lease),
    host: (row, before, key) => {
      if (row === null) {
        hosts.delete(key);
        return;
      }
      hosts.set(key, row);
      const present = [...hosts.values()].filter(({ state }) => !isGone(state)).length;
      const { hostsMax } = world.settings.pool;
      check('I13', present <= hostsMax, () => `${present} hosts are wanted, ${hostsMax} are allowed`);
      if (before === null || !isGone(row.state) || isGone(before.state)) return;
      // It was asked for, by the operator or by EC2.
      if (row.drain !== null) return;
      const sinceBeatMs = world.scheduler.nowMs() - (leases.get(key)?.receivedAtMs ?? 0);
      const machine = world.machineOf(key);
      const isAlive = machine?.on === true && machine.agentRuns() && aliveIds().has(machine.instanceId);
      check('I14', !isAlive || sinceBeatMs > world.settings.beatMs * FRESH_BEATS, () => {
        return `${key} was given up (${row.reason}), though it beat ${sinceBeatMs} ms ago`;
      });
    },
    launched: ({ batch, size }) => {
      const nowMs = world.scheduler.nowMs();
      launches.push(nowMs);
      while ((launches[0] ?? nowMs) < nowMs - 60_000) launches.shift();
      check('I13', launches.length <= LAUNCHES_A_MINUTE, () => `${launches.length} launches within a minute`);
      const own = ofBatch(world.ec2.alive(), batch);
      check('I12', own.length <= size, () => {
        return `${batch} asked for ${size} and has the instances ${own.map(({ id }) => id).join(', ')}`;
      });
    },
    terminating: (instanceId) => {
      const tags = world.ec2.model.tagsOf(instanceId);
      const isOurs = tags === undefined || tags.get('berth:cluster') === 'berth';
      check('I8', isOurs, () => `${instanceId} was terminated, and it is not ours`);
    },
    minute: () => {
      const nowMs = world.scheduler.nowMs();
      const alive = world.ec2.alive();
      for (const id of unownedSince.keys()) if (!alive.some((one) => one.id === id)) unownedSince.delete(id);
      const free = new Set(unowned(alive, [...hosts.values()]).map(({ id }) => id));
      for (const { id, batch } of alive) {
        if (!free.has(id)) {
          unownedSince.delete(id);
          continue;
        }
        const since = unownedSince.get(id) ?? nowMs;
        unownedSince.set(id, since);
        check('I12', nowMs - since <= UNOWNED_MS, () => {
          return `${id} of ${batch} runs for ${Math.round((nowMs - since) / 1000)} s without a row`;
        });
      }
      check('I12', true, () => '');
    },
    forgedCallAnswered: (host, victim) => {
      check('I24', false, () => `${host} was given the manifest of ${victim}`);
    },
    forgedCallRefused: () => check('I24', true, () => ''),
  };
}
