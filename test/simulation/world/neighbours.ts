/**
 * How simulated hosts ask each other whether they are there.
 *
 * A host that answers is asked every five seconds for as long as it lives, and nothing comes of it: those questions would
 * be most of all events. So a question that would be answered like the one before stays open until that changes, and
 * its asker goes on from there.
 */
import type { NeighbourNet } from '../../../agent/neighbours/neighbour-net.ts';
import { ASK_TIMEOUT_MS } from '../../../agent/neighbours/neighbour-net.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { Machine } from './machine.ts';

export interface Neighbours {
  of(machine: Machine): NeighbourNet;
  /** Whether that machine answers may have changed. */
  changed(machine: Machine): void;
}

export function createNeighbours(
  scheduler: Scheduler,
  machineAt: (address: string) => Machine | undefined,
): Neighbours {
  /** Questions that stay open, by the machine that they are about. */
  const open = new Map<Machine, Set<() => void>>();
  const waitFor = (machines: readonly Machine[]): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        for (const machine of machines) open.get(machine)?.delete(wake);
        resolve();
      };
      for (const machine of machines) {
        const waiting = open.get(machine) ?? new Set();
        waiting.add(wake);
        open.set(machine, waiting);
      }
    });

  return {
    changed: (machine) => {
      for (const wake of [...(open.get(machine) ?? [])]) wake();
    },
    of: (machine) => {
      /** Addresses that answered the last question of this agent. */
      const answered = new Set<string>();
      return {
        answer: (_address, _line, signal) =>
          new Promise((resolve) => {
            if (signal.aborted) resolve();
            else signal.addEventListener('abort', () => resolve(), { once: true });
          }),
        ask: async (address) => {
          const other = machineAt(address);
          const isReached =
            other !== undefined && other.agentRuns() && !other.isIsolated && !machine.isIsolated;
          if (!isReached) {
            answered.delete(address);
            // A machine that is up refuses at once, one that is not says nothing.
            await scheduler.sleep(other?.on === true && !other.isIsolated ? 5 : ASK_TIMEOUT_MS);
            throw new Error(`${address} does not answer (simulated)`);
          }
          if (answered.has(address)) await waitFor([other, machine]);
          answered.add(address);
          return `${other.host} ${other.bootId}`;
        },
      };
    },
  };
}
