/** The sign of life, every `beatMs`: the host's usage, and the newest generation and report number. Never rejects. */
import type { Clock } from '../clock.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { HostFacts, Usage } from '../host/host-facts.ts';
import { messageOf, type Log } from '../log.ts';
import { agentVersion } from '../version.ts';
import { createBackOff } from './back-off.ts';
import { nextSeq, setPace, type Link } from './link.ts';
import type { Store } from './store.ts';

export interface BeatLoopOptions {
  readonly link: Link;
  readonly controlPlane: Pick<ControlPlane, 'beat'>;
  readonly facts: Pick<HostFacts, 'usage'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onGeneration: (generation: number) => void;
}

export interface BeatLoop {
  run(): Promise<void>;
  /** The control plane answers again: a beat that failed is tried at once. */
  backOnline(): void;
}

const RETRY_BASE_MS = 1000;

export function createBeatLoop(options: BeatLoopOptions): BeatLoop {
  const { link, clock, log, signal } = options;
  const backOff = createBackOff(clock, options.random, signal);

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await beat(options);
        backOff.over();
        await clock.sleep(link.beatMs, signal);
      } catch (error) {
        log.warn('beat-failed', { failures: backOff.failures + 1, error: messageOf(error) });
        await backOff.wait({ baseMs: RETRY_BASE_MS, capMs: link.beatMs });
      }
    }
  };

  return { run, backOnline: () => backOff.over() };
}

async function beat(options: BeatLoopOptions): Promise<void> {
  const { link, store } = options;
  const usage: Usage = await options.facts.usage(link.dataRoot);
  const seq = nextSeq(store.get().beatSeq, options.clock.now());
  store.set({ beatSeq: seq });
  store.saveSoon();
  const reply = await options.controlPlane.beat(link.host, {
    bootId: link.bootId,
    seq,
    agentVersion,
    generation: store.get().manifest?.generation ?? 0,
    reportSeq: link.reportedSeq,
    ...usage,
  });
  setPace(link, reply);
  options.onGeneration(reply.generation);
}
