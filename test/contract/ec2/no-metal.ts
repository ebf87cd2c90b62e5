/** Hosts on paper: for tests of EC2 itself. */
import type { Machine, Metal, RunningHost } from '../../../local/metal/metal.ts';

export interface PaperMetal extends Metal {
  /** Everything that was booted, oldest first. */
  readonly booted: readonly Machine[];
  readonly ended: readonly string[];
  /** Makes the next boot fail. */
  failNext(message: string): void;
}

export function noMetal(): PaperMetal {
  const running = new Map<string, RunningHost>();
  const booted: Machine[] = [];
  const ended: string[] = [];
  let failure: string | undefined;
  return {
    booted,
    ended,
    failNext: (message) => void (failure = message),
    boot(machine) {
      const message = failure;
      failure = undefined;
      if (message !== undefined) return Promise.reject(new Error(message));
      booted.push(machine);
      const initPid = 1000 + booted.length;
      running.set(machine.instanceId, { instanceId: machine.instanceId, address: machine.address, initPid });
      return Promise.resolve({ initPid });
    },
    terminate(instanceId) {
      ended.push(instanceId);
      running.delete(instanceId);
      return Promise.resolve();
    },
    list: () => [...running.values()],
    onExit: () => undefined,
  };
}
