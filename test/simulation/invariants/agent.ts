/** I5 to I8: what agents may do to containers. */
import type { HostManifest } from '../../../functions/core/model/task.ts';
import type { DockerTouch, Watcher } from '../world/watch.ts';
import type { Judge } from './invariants.ts';

/** Offline for longer than this, an agent has noticed: the pause between polls while its doorbell works, a poll's deadline, and a slow step. */
const NOTICED_MS = 90_000;

export function agentInvariants({ world, check }: Judge): Watcher {
  const manifests = new Map<string, HostManifest>();
  /** Stops that have begun, by container. */
  const signalled = new Set<string>();
  const wantedOf = (touch: DockerTouch): string | undefined =>
    manifests.get(touch.machine.host)?.assignments.find((one) => one.task === touch.task)?.wanted;

  return {
    manifest: (row, _before, key) => {
      if (row === null) manifests.delete(key);
      else manifests.set(key, row);
    },
    docker: (touch) => {
      const { machine, call, container, task } = touch;
      const key = `${machine.instanceId}/${container}`;
      check(
        'I8',
        task !== undefined,
        () => `the agent of ${machine.host} did ${call} to ${container}, which is not ours`,
      );
      if (call !== 'kill' && call !== 'remove') return;
      const wanted = wantedOf(touch);
      check('I5', wanted !== 'run' && wanted !== 'drain', () => {
        return `the agent of ${machine.host} did ${call} to ${container}, which is wanted: ${wanted}`;
      });
      if (call === 'remove') return;
      const hasBegun = signalled.has(key);
      signalled.add(key);
      if (hasBegun) return;
      const offlineMs = world.scheduler.nowMs() - machine.link.lastAnswerMs;
      check('I6', offlineMs <= NOTICED_MS, () => {
        return `the agent of ${machine.host} began to stop ${container} after ${offlineMs} ms without an answer`;
      });
      check('I7', machine.link.confirmed, () => {
        return `the agent of ${machine.host} began to stop ${container} right after its start`;
      });
    },
  };
}
