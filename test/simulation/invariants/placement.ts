/** I1 to I4, I21, I26: what manifests and reports may say. */
import { isGone, type Host } from '../../../functions/core/model/host.ts';
import type { Assignment, HostManifest, HostReport, TaskPhase } from '../../../functions/core/model/task.ts';
import type { Watcher } from '../world/watch.ts';
import { createHindrance } from './hindrance.ts';
import type { Judge } from './invariants.ts';

/** Bounds for I26: far above what the workload can need, far below what growth without end would reach. */
const MOST = { assignments: 60, namedTasks: 300, waitingMessages: 1000 } as const;
/** What a pass read may be so old when it commits. */
const READ_MS = 60_000;
/** By then the next passes have mended what one left behind. */
const MENDED_MS = 60_000;
/** And from the end of what hindered them: if wakes were lost, those of the later ticks were too, until the next minute. */
const MENDED_AFTER_MS = 90_000;
const LOOK_MS = 10_000;
/** Memory kept free on each host (functions/core/scheduling/needs.ts). */
const SYSTEM_SHARE = 0.05;

const ORDER: Readonly<Record<TaskPhase, number>> = {
  pending: 0,
  assigned: 1,
  pulling: 2,
  starting: 3,
  running: 4,
  draining: 5,
  stopping: 6,
  stopped: 7,
  failed: 7,
  lost: 7,
};
const ended = (phase: TaskPhase | undefined): boolean => phase !== undefined && ORDER[phase] === 7;

export function placementInvariants({ world, check }: Judge): Watcher {
  const hosts = new Map<string, Host>();
  const manifests = new Map<string, HostManifest>();
  const reports = new Map<string, HostReport>();
  const wantedReplicas = new Map<string, number>();
  const phaseOf = (host: string, task: string): TaskPhase | undefined =>
    reports.get(host)?.tasks.find((one) => one.task === task)?.phase;
  /** When each task was last told to be running and healthy; Infinity: it is. */
  const servedAtMs = new Map<string, number>();
  const served = (task: string): boolean => (servedAtMs.get(task) ?? 0) >= world.scheduler.nowMs() - READ_MS;

  const checkRoom = (manifest: HostManifest): void => {
    const host = hosts.get(manifest.host);
    if (host === undefined) return;
    const live = manifest.assignments.filter(({ task }) => !ended(phaseOf(manifest.host, task)));
    const sum = (pick: (one: Assignment) => number): number =>
      live.reduce((total, one) => total + pick(one), 0);
    const { cpuMillis, memoryBytes, pids } = host.capacity;
    const used = [
      sum((one) => one.cpuMillis),
      sum((one) => one.memoryBytes),
      sum((one) => one.pids),
    ] as const;
    const fits = used[0] <= cpuMillis && used[1] <= memoryBytes * (1 - SYSTEM_SHARE) && used[2] <= pids;
    check(
      'I1',
      fits,
      () => `${host.id} has promised ${used.join(', ')} of ${cpuMillis}, ${memoryBytes}, ${pids}`,
    );
    const ports = manifest.assignments.flatMap((one) => one.ports.map((port) => port.host));
    check(
      'I2',
      new Set(ports).size === ports.length,
      () => `${host.id} promised a port twice: ${ports.join()}`,
    );
  };

  /** Other tasks of the same replica that are to run, on hosts that are there. */
  const siblings = (of: Assignment): { host: string; assignment: Assignment }[] =>
    [...manifests.values()].flatMap(({ host, assignments }) => {
      const state = hosts.get(host)?.state;
      if (state === undefined || isGone(state) || state === 'lost') return [];
      return assignments
        .filter((one) => one.slot === of.slot && one.service === of.service && one.stack === of.stack)
        .filter((one) => one.task !== of.task && one.wanted === 'run' && !ended(phaseOf(host, one.task)))
        .map((assignment) => ({ host, assignment }));
    });

  /** Replicas of its service beside it that are to run, on hosts that are there. */
  const otherSlots = (of: Assignment): number => {
    const slots = [...manifests.values()].flatMap(({ host, assignments }) => {
      const state = hosts.get(host)?.state;
      if (state === undefined || isGone(state) || state === 'lost') return [];
      return assignments
        .filter((one) => one.service === of.service && one.stack === of.stack && one.wanted === 'run')
        .map(({ slot }) => slot);
    });
    return new Set(slots.filter((slot) => slot !== of.slot)).size;
  };

  /**
   * One task per replica and digest, and one more of an older digest while it is replaced. Manifests are single items,
   * written one by one, so a pass that is slow or killed may leave more for a moment: the next passes take them away.
   */
  const checkNew = (host: string, one: Assignment): void => {
    const isThere = manifests
      .get(host)
      ?.assignments.some(({ task, wanted }) => task === one.task && wanted === 'run');
    const state = hosts.get(host)?.state;
    // On a host that was given up meanwhile it counts no more: its replacement is on its way.
    const isGivenUp = state === undefined || isGone(state) || state === 'lost';
    if (isThere !== true || isGivenUp || ended(phaseOf(host, one.task))) return;
    const others = siblings(one);
    // What leaves a host that is emptied is there twice until its replacement serves.
    const staying = [...others, { host, assignment: one }].filter(
      (task) => (hosts.get(task.host)?.drain ?? null) === null,
    );
    const digests = new Set(staying.map(({ assignment }) => assignment.digest));
    const isFine = digests.size === staying.length && digests.size <= 2;
    if (!isFine && hindrance.isOn()) world.scheduler.in(LOOK_MS, () => checkNew(host, one));
    else
      check('I3', isFine, () => {
        const list = others.map((other) => `${other.assignment.task} on ${other.host}`).join(', ');
        return `${one.task} was placed beside ${list}`;
      });
  };
  const hindrance = createHindrance(world, MENDED_AFTER_MS);

  /** Other replicas of its service that served a moment ago, on hosts that are there. */
  const othersServing = (of: Assignment): number => {
    const slots = [...manifests.values()].flatMap(({ host, assignments }) => {
      const state = hosts.get(host)?.state;
      if (state === undefined || isGone(state) || state === 'lost') return [];
      return assignments
        .filter((one) => one.service === of.service && one.stack === of.stack && one.slot !== of.slot)
        .filter((one) => one.wanted === 'run' && served(one.task))
        .map(({ slot }) => slot);
    });
    return new Set(slots).size;
  };

  /** Start-first: what serves is taken away only for something that serves, or, one at a time, for a higher priority. */
  const checkDrained = (host: string, one: Assignment): void => {
    const on = hosts.get(host);
    // Of a silent host nobody knows what serves, and one that EC2 takes gives no time for turns.
    if (on?.state === 'suspect' || (on?.drain?.byMs ?? null) !== null) return;
    const replicas = wantedReplicas.get(`${one.stack}/${one.service}`);
    if (replicas === undefined || servedAtMs.get(one.task) !== Infinity) return;
    const isSurplus = otherSlots(one) >= replicas;
    const isCovered = isSurplus || siblings(one).some((other) => served(other.assignment.task));
    const isPreempted = one.leavesFor !== undefined && othersServing(one) >= replicas - 1;
    check(
      'I21',
      isCovered || isPreempted,
      () => `${one.task} on ${host} is taken away, and nothing serves in its place`,
    );
  };

  return {
    host: (row, before, key) => {
      // What was replaced while it was lost is there twice until the next passes have seen it (I31).
      const isBack = before?.state === 'lost' && row?.state === 'ready';
      const isKept = (before?.drain ?? null) !== null && row?.drain === null;
      if (isBack || isKept) hindrance.note();
      if (row === null) hosts.delete(key);
      else hosts.set(key, row);
    },
    service: (row, _before, key) => {
      if (row === null) return;
      const slots = Object.keys(row.slots).length;
      check(
        'I26',
        slots <= row.replicas,
        () => `${key} remembers ${slots} slots for ${row.replicas} replicas`,
      );
    },
    manifest: (row, before, key) => {
      if (row === null) {
        manifests.delete(key);
        return;
      }
      manifests.set(key, row);
      checkRoom(row);
      check(
        'I26',
        row.assignments.length <= MOST.assignments,
        () => `${key} has ${row.assignments.length} tasks`,
      );
      const known = new Map(before?.assignments.map((one) => [one.task, one]));
      for (const one of row.assignments) {
        const was = known.get(one.task);
        if (was === undefined && one.wanted === 'run')
          world.scheduler.in(MENDED_MS, () => checkNew(key, one));
        if (was?.wanted === 'run' && one.wanted === 'drain') checkDrained(key, one);
      }
    },
    report: (row, before, key) => {
      if (row === null) {
        reports.delete(key);
        return;
      }
      reports.set(key, row);
      const nowMs = world.scheduler.nowMs();
      for (const { task, phase, health } of row.tasks) {
        if (phase === 'running' && health === 'healthy') servedAtMs.set(task, Infinity);
        else if (servedAtMs.get(task) === Infinity) servedAtMs.set(task, nowMs);
      }
      const machine = world.machineOf(key);
      // A lost state file is a lost memory: its agent begins again with what it sees.
      if (before === null || machine?.hasLostState === true) return;
      for (const task of row.tasks) {
        const was = before.tasks.find((one) => one.task === task.task);
        if (was === undefined || was.phase === task.phase) continue;
        check(
          'I4',
          ORDER[task.phase] > ORDER[was.phase],
          () => `${task.task} on ${key} went back from ${was.phase} to ${task.phase}`,
        );
      }
    },
    directoryName: (row, _before, key) => {
      const tasks = Object.keys(row?.tasks ?? {}).length;
      check('I26', tasks <= MOST.namedTasks, () => `the directory remembers ${tasks} tasks of ${key}`);
    },
    wanted: (stack, replicas) => {
      for (const key of wantedReplicas.keys()) if (key.startsWith(`${stack}/`)) wantedReplicas.delete(key);
      for (const [service, count] of Object.entries(replicas))
        wantedReplicas.set(`${stack}/${service}`, count);
    },
    minute: () => {
      const { waiting } = world.controlPlane.queues.counts;
      check('I26', waiting <= MOST.waitingMessages, () => `${waiting} messages wait in the queue`);
    },
  };
}
