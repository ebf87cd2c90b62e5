/**
 * The doorbell's sockets between agents and the control plane: API Gateway played, with its limits, in front of the real
 * use-cases. Rings are lost and doubled, and sockets end or die without a word, as the mood says.
 */
import type { OpenSocket } from '../../../agent/control-plane/socket.ts';
import type { Doorbell } from '../../../functions/usecases/ports.ts';
import type { AgentCaller } from '../../../functions/usecases/own-host.ts';
import { fakeSockets, type FakeSockets } from '../../support/fake-sockets.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { Ended } from './functions.ts';
import type { Machine } from './machine.ts';
import type { Mood } from './mood.ts';

export type DoorbellCall =
  | {
      readonly kind: 'connect';
      readonly caller: AgentCaller;
      readonly connection: string;
      readonly connectedAtMs: number;
    }
  | { readonly kind: 'hello'; readonly connection: string; readonly host: string }
  | { readonly kind: 'disconnect'; readonly connection: string };

export interface Sockets extends Pick<FakeSockets, 'cutAll' | 'connections'> {
  openOf(machine: Machine): OpenSocket;
  readonly doorbell: Doorbell;
}

export interface SocketOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly mood: Mood;
  readonly count: (fault: string) => void;
  readonly machineOf: (host: string) => Machine | undefined;
  /** The doorbell function; it comes later than the sockets, which it answers over. */
  readonly invoke: (call: DoorbellCall) => Promise<Ended<unknown>>;
}

/** The agent's own deadline for a handshake (agent/control-plane). */
const HANDSHAKE_MS = 10_000;

export function createSockets(options: SocketOptions): Sockets {
  const { scheduler, random, mood, invoke } = options;
  const isLost = (host: string): boolean => {
    const machine = options.machineOf(host);
    return machine === undefined || !machine.on || machine.link.cut !== 'no';
  };
  const clock = { now: scheduler.nowMs, sleep: scheduler.sleep };
  const hooks = {
    connect: async (host: string, connection: string) => {
      const caller = { host, instanceId: options.machineOf(host)?.instanceId ?? '' };
      const call = { kind: 'connect', caller, connection, connectedAtMs: scheduler.nowMs() } as const;
      return (await invoke(call)).kind === 'done';
    },
    message: async (connection: string, text: string) => {
      await invoke({ kind: 'hello', connection, host: (JSON.parse(text) as { host: string }).host });
      return undefined;
    },
    disconnect: async (connection: string) => {
      await invoke({ kind: 'disconnect', connection });
    },
  };
  const gateway = fakeSockets(clock, hooks, 5, isLost);

  const post = async (connection: string, message: object): Promise<'rung' | 'gone'> =>
    (await gateway.post(connection, JSON.stringify(message))) ? 'rung' : 'gone';
  const doorbell: Doorbell = {
    ring: async (connection, generation) => {
      if (mood.ringsLost > 0 && random.chance(mood.ringsLost)) {
        options.count('ring-lost');
        return 'rung';
      }
      if (mood.ringsDoubled > 0 && random.chance(mood.ringsDoubled)) await post(connection, { generation });
      return post(connection, { generation });
    },
    answer: (connection, known) => post(connection, { known }),
  };

  return {
    cutAll: gateway.cutAll,
    connections: gateway.connections,
    doorbell,
    openOf: (machine) => async (host, events) => {
      if (!isLost(host)) return gateway.open(host, events);
      await scheduler.sleep(HANDSHAKE_MS);
      throw new Error(`no handshake of ${machine.host} (simulated)`);
    },
  };
}
