/**
 * The sign of life, every `beatMs`, and sooner when something is worth telling: a neighbour that fell silent or is back,
 * or a usage that moved. Never rejects.
 */
import type { Neighbour } from '../../contract/agent-protocol.ts';
import { createBell, type Clock } from '../clock.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { HostFacts, Usage } from '../host/host-facts.ts';
import { messageOf, type Log } from '../log.ts';
import type { NeighbourNet } from '../neighbours/neighbour-net.ts';
import { agentVersion } from '../version.ts';
import { createBackOff } from './back-off.ts';
import { nextSeq, setPace, type Link } from './link.ts';
import type { Store } from './store.ts';
import { createWatch } from './watch.ts';

export interface BeatLoopOptions {
  readonly link: Link;
  readonly controlPlane: Pick<ControlPlane, 'beat'>;
  readonly facts: Pick<HostFacts, 'usage'>;
  readonly clockAheadMs: () => number;
  readonly neighbours: Pick<NeighbourNet, 'ask'>;
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

/** What a beat tells of the host and of its neighbours. */
export interface Tidings extends Usage {
  readonly silent: readonly string[];
  readonly answering: readonly string[];
}

const RETRY = { baseMs: 1000, capMs: 15_000 };
/** Whatever moved, no two beats are closer than this, but for what neighbours are worth. */
export const BEAT_GAP_MS = 15_000;
/** A neighbour that falls silent or comes back is told at once: so often in a row, and then once in a gap. */
export const PROMPT_BEATS = 2;
/** Percent of the host's capacity. */
export const USAGE_STEP = 10;

export function createBeatLoop(options: BeatLoopOptions): BeatLoop {
  const { link, clock, log, signal } = options;
  const backOff = createBackOff(clock, options.random, signal);
  const bell = createBell(clock, signal);
  const watch = createWatch({ ...options, net: options.neighbours, onChange: () => bell.ring() });
  const look = async (): Promise<Tidings> => ({
    ...(await options.facts.usage(link.dataRoot)),
    ...watch.findings(),
  });

  const prompt = createAllowance(PROMPT_BEATS, BEAT_GAP_MS);

  /** At the link's pace, or as soon as there is news that may be told. */
  const untilDue = async (told: Tidings, sentAtMs: number): Promise<void> => {
    const gapMs = Math.min(BEAT_GAP_MS, link.beatMs);
    while (!signal.aborted) {
      const now = clock.now();
      const leftMs = sentAtMs + link.beatMs - now;
      // A wait longer than the pace means that the clock was set back: it is not waited for.
      if (leftMs <= 0 || leftMs > link.beatMs) return;
      const turned = told.silent.join() !== watch.findings().silent.join();
      if (turned && prompt.take(now)) return;
      const gapLeftMs = sentAtMs + gapMs - now;
      if (gapLeftMs <= 0 && isNews(told, await look())) return;
      await bell.wait(Math.min(leftMs, gapLeftMs > 0 ? gapLeftMs : gapMs));
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const told = await look();
        const sentAtMs = clock.now();
        watch.set(await beat(options, told));
        backOff.over();
        await untilDue(told, sentAtMs);
      } catch (error) {
        log.warn('beat-failed', { failures: backOff.failures + 1, error: messageOf(error) });
        await backOff.wait({ ...RETRY, capMs: Math.min(RETRY.capMs, link.beatMs) });
      }
    }
  };

  return { run, backOnline: () => backOff.over() };
}

/** So many within as many times `everyMs`. */
function createAllowance(size: number, everyMs: number): { take(nowMs: number): boolean } {
  const taken: number[] = [];
  return {
    take: (nowMs) => {
      while (taken[0] !== undefined && Math.abs(nowMs - taken[0]) >= size * everyMs) taken.shift();
      if (taken.length >= size) return false;
      taken.push(nowMs);
      return true;
    },
  };
}

/** Worth a beat of its own. */
export function isNews(told: Tidings, now: Tidings): boolean {
  const moved = (['cpuPercent', 'memoryPercent', 'diskPercent'] as const).some(
    (what) => Math.abs(told[what] - now[what]) >= USAGE_STEP,
  );
  return moved || told.silent.join() !== now.silent.join();
}

/** Resolves with the neighbours to watch from now on. */
async function beat(options: BeatLoopOptions, tidings: Tidings): Promise<readonly Neighbour[]> {
  const { link, store } = options;
  const seq = nextSeq(store.get().beatSeq, options.clock.now());
  store.set({ beatSeq: seq });
  store.saveSoon();
  const aheadMs = options.clockAheadMs();
  const reply = await options.controlPlane.beat(link.host, {
    bootId: link.bootId,
    seq,
    agentVersion,
    generation: store.get().manifest?.generation ?? 0,
    reportSeq: link.reportedSeq,
    ...tidings,
    silent: [...tidings.silent],
    answering: [...tidings.answering],
    ...(aheadMs === 0 ? {} : { clockAheadMs: Math.round(aheadMs) }),
  });
  setPace(link, reply);
  options.onGeneration(reply.generation);
  return reply.neighbours;
}
