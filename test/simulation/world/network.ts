/**
 * The link between an agent and the control plane: slow, cut both ways or one way, or holding requests back until newer
 * ones have overtaken them. The control plane behind it is the real use-cases; errors become what the HTTP API answers.
 */
import { ControlPlaneError, type ControlPlane } from '../../../agent/control-plane/control-plane.ts';
import { manifest as manifestSchema, report as reportSchema } from '../../../contract/agent-protocol.ts';
import type { Beat, Manifest, Registration, Report } from '../../../contract/agent-protocol.ts';
import { errorReply } from '../../../functions/handlers/shared/error-reply.ts';
import type { AgentCaller } from '../../../functions/usecases/own-host.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { LambdaFunction } from './functions.ts';
import type { Machine } from './machine.ts';
import type { Hooks } from './watch.ts';

export interface Link {
  /** `requests`: they do not arrive. `replies`: they arrive, and their answers do not. */
  cut: 'no' | 'both' | 'requests' | 'replies';
  /** Milliseconds a request takes, at most. */
  slowMs: number;
  /** Share of requests that are held back until long after their sender gave up. */
  late: number;
  /** The control plane has confirmed the manifest since the agent's start. */
  confirmed: boolean;
  lastAnswerMs: number;
}

export const createLink = (): Link => ({ cut: 'no', slowMs: 25, late: 0, confirmed: false, lastAnswerMs: 0 });

export type AgentCall =
  | { readonly kind: 'register'; readonly caller: AgentCaller; readonly body: Registration }
  | { readonly kind: 'manifest'; readonly caller: AgentCaller; readonly known: number | null }
  | { readonly kind: 'report'; readonly caller: AgentCaller; readonly body: Report }
  | { readonly kind: 'beat'; readonly caller: AgentCaller; readonly body: Beat };

export interface NetworkOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly hooks: Hooks;
  readonly agentApi: LambdaFunction<AgentCall, unknown>;
  readonly onEnded: (name: string, ended: { kind: string; error?: unknown }) => void;
}

/** The agent's own deadline (agent/control-plane/signed-control-plane.ts). */
const TIMEOUT_MS = 10_000;
/** A request held back arrives so much later. */
const LATE_MS = { from: 11_000, to: 60_000 } as const;

export function createNetwork(options: NetworkOptions): (machine: Machine) => ControlPlane {
  const { scheduler, random, agentApi } = options;
  const noAnswer = async (sinceMs: number): Promise<never> => {
    await scheduler.sleep(Math.max(0, sinceMs + TIMEOUT_MS - scheduler.nowMs()));
    throw new ControlPlaneError('no answer (simulated)');
  };

  const call = async (machine: Machine, request: AgentCall): Promise<unknown> => {
    const { link } = machine;
    const sentMs = scheduler.nowMs();
    if (link.cut === 'both' || link.cut === 'requests') return noAnswer(sentMs);
    if (link.late > 0 && random.chance(link.late)) {
      scheduler.in(random.between(LATE_MS.from, LATE_MS.to), () => void agentApi.invoke(request));
      return noAnswer(sentMs);
    }
    await scheduler.sleep(random.between(2, link.slowMs));
    const ended = await agentApi.invoke(request);
    options.onEnded('agent-api', ended);
    if ((link.cut as Link['cut']) !== 'no') return noAnswer(sentMs);
    if (ended.kind === 'killed') return noAnswer(sentMs);
    if (scheduler.nowMs() - sentMs > TIMEOUT_MS) throw new ControlPlaneError('no answer in time (simulated)');
    link.lastAnswerMs = scheduler.nowMs();
    if (ended.kind === 'done') return ended.value;
    const { status } = errorReply(ended.error as Error, 'simulated');
    throw new ControlPlaneError(`refused: ${status} ${String(ended.error)}`, { status });
  };

  return (machine) => {
    const caller = (host: string): AgentCaller => ({ host, instanceId: machine.instanceId });
    return {
      register: async (host, body) =>
        (await call(machine, { kind: 'register', caller: caller(host), body })) as never,
      manifest: async (host, known) => {
        const reply = (await call(machine, {
          kind: 'manifest',
          caller: caller(host),
          known: known ?? null,
        })) as Manifest | null;
        if (!machine.link.confirmed) {
          machine.link.confirmed = true;
          options.hooks.agentConfirmed(machine);
        }
        return reply === null ? 'unchanged' : manifestSchema.parse(reply);
      },
      report: async (host, body) =>
        (await call(machine, {
          kind: 'report',
          caller: caller(host),
          body: reportSchema.parse(body),
        })) as never,
      beat: async (host, body) =>
        (await call(machine, { kind: 'beat', caller: caller(host), body })) as never,
    };
  };
}
