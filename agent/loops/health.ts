/** Probes and replicas' words, put together: what of the agent cares for health. */
import type { AgentPorts } from '../agent.ts';
import type { Pushed } from '../metrics/pushed.ts';
import { createProber } from '../probes/prober.ts';
import { createSignalDesk, type SignalDesk } from '../signals/signal-desk.ts';
import type { View } from './observe.ts';
import type { Store } from './store.ts';

export interface HealthOptions extends Pick<AgentPorts, 'probe' | 'signals' | 'clock' | 'random' | 'log'> {
  readonly store: Store;
  readonly view: () => View;
  readonly pushed: Pushed;
  readonly signal: AbortSignal;
  /** Somebody's health may have changed. */
  readonly onChange: () => void;
}

export interface Health extends Pick<SignalDesk, 'prepare'> {
  /** The manifest or the containers may have changed. */
  look(): void;
}

export function createHealth(options: HealthOptions): Health {
  const prober = createProber({ ...options, runProbe: options.probe });
  const desk = createSignalDesk({ ...options, sockets: options.signals, prober });
  return {
    look: () => {
      prober.look();
      desk.look();
    },
    prepare: (task) => desk.prepare(task),
  };
}
