/** I8 for records, I10, I11, and the order out of DNS (promise 2 of the architecture, "O1"). */
import { FOREIGN_RECORD } from '../world/zone.ts';
import { ZONE } from '../../support/builders.ts';
import { fenceName, ownerOf, srvName, serviceOwner } from '../../../functions/core/discovery/names.ts';
import type { Host } from '../../../functions/core/model/host.ts';
import type { RecordChange } from '../../../functions/core/model/directory.ts';
import type { Assignment, HostManifest, HostReport } from '../../../functions/core/model/task.ts';
import type { Watcher } from '../world/watch.ts';
import type { Judge } from './invariants.ts';

/** Owners that may lose their records in one batch (I11). */
const VANISHING_MAX = 100;
/** What the register loop read may be as old as its pass. */
const READ_MS = 60_000;

export function discoveryInvariants({ world, check }: Judge): Watcher {
  const manifests = new Map<string, HostManifest>();
  const reports = new Map<string, HostReport>();
  /** Since when each task is healthy by its host's reports. */
  const healthySince = new Map<string, number>();
  /** Tasks that were stopped without waiting for DNS, as they had failed or their drain was over. */
  const unwaited = new Set<string>();
  /** Since when each host is heard. */
  const readySince = new Map<string, number>();
  /** Which boot of each host the control plane knows of. */
  const boots = new Map<string, string | null>();
  /** Hosts that are being emptied. */
  const drains = new Map<string, Host['drain']>();
  let plan = 0;

  const planIn = (changes: readonly RecordChange[]): number => {
    const fence = changes.find(
      ({ action, record }) => action !== 'DELETE' && record.name === fenceName(ZONE),
    );
    return Number(/plan=(\d+)/.exec(fence?.record.values[0] ?? '')?.[1] ?? 0);
  };

  /** A name that loses its last target, though a replica behind it has been healthy, and wanted, for long. */
  const checkEmptied = (name: string): void => {
    const owner = ownerOf(name, ZONE);
    const before = world.scheduler.nowMs() - READ_MS;
    for (const { host, assignments } of manifests.values()) {
      if ((readySince.get(host) ?? Infinity) > before) continue;
      for (const one of assignments) {
        if (serviceOwner(one.stack, one.service) !== owner || one.wanted !== 'run') continue;
        if (one.wantedAtMs > before) continue;
        const since = healthySince.get(one.task) ?? Infinity;
        check(
          'I10',
          since > before,
          () => `${name} lost its last target, though ${one.task} on ${host} is healthy`,
        );
      }
    }
  };

  const servedUntil = (host: string, one: Assignment): number =>
    Math.max(
      -Infinity,
      ...one.ports.map((port) => {
        const name = srvName(ZONE, serviceOwner(one.stack, one.service), port.name, port.protocol);
        const target = world.zone.targets.get(`${name}|0 1 ${port.host} ${host}.${ZONE}.`);
        return target === undefined ? -Infinity : target.servedUntilMs + target.ttlSeconds * 1000;
      }),
    );

  return {
    host: (row, before, key) => {
      drains.set(key, row?.drain ?? null);
      boots.set(key, row?.bootId ?? null);
      // What was healthy before a boot does not run any more, whatever the last report said.
      if (row?.bootId !== before?.bootId)
        for (const { task } of reports.get(key)?.tasks ?? []) healthySince.delete(task);
      if (row?.state !== 'ready') readySince.delete(key);
      else if (!readySince.has(key)) readySince.set(key, world.scheduler.nowMs());
    },
    manifest: (row, before, key) => {
      if (row === null) {
        manifests.delete(key);
        return;
      }
      manifests.set(key, row);
      const { drainDeadlineMs } = world.settings;
      for (const one of row.assignments) {
        if (one.wanted !== 'stop') continue;
        const was = before?.assignments.find(({ task }) => task === one.task);
        const late = world.scheduler.nowMs() >= (was?.wantedAtMs ?? 0) + drainDeadlineMs;
        const isTaken = (drains.get(key)?.byMs ?? null) !== null;
        if (was?.wanted === 'run' || (was?.wanted === 'drain' && (late || isTaken))) unwaited.add(one.task);
      }
    },
    report: (row, before, key) => {
      if (row === null) {
        reports.delete(key);
        return;
      }
      reports.set(key, row);
      for (const { task } of before?.tasks ?? [])
        if (!row.tasks.some((one) => one.task === task)) healthySince.delete(task);
      for (const { task, phase, health } of row.tasks) {
        const runs = phase === 'running' && row.bootId === boots.get(key);
        if (!runs || health !== 'healthy') healthySince.delete(task);
        else if (!healthySince.has(task)) healthySince.set(task, world.scheduler.nowMs());
      }
    },
    zone: ({ changes }) => {
      const next = planIn(changes);
      check('I10', next > plan, () => `plan ${next} was applied after plan ${plan}`);
      plan = Math.max(plan, next);
      const foreign = changes.find(({ record }) => record.name === FOREIGN_RECORD);
      check('I8', foreign === undefined, () => `a batch touched ${FOREIGN_RECORD}, which is not ours`);
      const gone = changes.filter(({ action, record }) => action === 'DELETE' && record.type === 'SRV');
      check('I11', gone.length <= VANISHING_MAX, () => `${gone.length} names were deleted at once`);
      for (const { record } of gone) checkEmptied(record.name);
    },
    docker: ({ machine, call, task }) => {
      if (call !== 'kill' || task === undefined || unwaited.has(task)) return;
      const one = manifests.get(machine.host)?.assignments.find((each) => each.task === task);
      if (one === undefined) return;
      const untilMs = servedUntil(machine.host, one);
      const nowMs = world.scheduler.nowMs();
      check('O1', untilMs <= nowMs, () => {
        const still = Number.isFinite(untilMs) ? `for ${untilMs - nowMs} ms more` : 'without an end';
        return `${task} on ${machine.host} is stopped while resolvers may hold its address ${still}`;
      });
    },
  };
}
