/**
 * The sign of life, every `beatMs`, and sooner when something is worth telling: a neighbour that fell silent or is back,
 * or a usage that moved. Never rejects.
 */
import type { ContainerSpec, Neighbour, TaskUsage } from '../../contract/agent-protocol.ts';
import { createBell, type Clock } from '../clock.ts';
import { ControlPlaneError, type ControlPlane } from '../control-plane/control-plane.ts';
import type { HostFacts, Usage } from '../host/host-facts.ts';
import { messageOf, type Log } from '../log.ts';
import type { Meter } from '../metrics/meter.ts';
import { isUsageNews } from '../metrics/news.ts';
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
  readonly meter: Meter;
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
  readonly tasks: readonly TaskUsage[];
  readonly silent: readonly string[];
  readonly answering: readonly string[];
}

type Told = Omit<Tidings, 'tasks'> & Partial<Pick<Tidings, 'tasks'>>;

const RETRY = { baseMs: 1000, capMs: 15_000 };
/** Whatever moved, no two beats are closer than this, but for what neighbours are worth. */
export const BEAT_GAP_MS = 15_000;
/** A neighbour that falls silent or comes back is told at once: so often in a row, and then once in a gap. */
export const PROMPT_BEATS = 2;
/** Percent of the host's capacity. */
export const USAGE_STEP = 10;
/** Usage is not looked at more often: a mean over a moment says nothing. */
const LOOK_GAP_MS = 5000;
/** So long after a refusal beats say only what an older control plane knows. */
export const PLAIN_MS = 600_000;

export function createBeatLoop(options: BeatLoopOptions): BeatLoop {
  const { link, store, clock, log, signal } = options;
  const backOff = createBackOff(clock, options.random, signal);
  const bell = createBell(clock, signal);
  const watch = createWatch({ ...options, net: options.neighbours, onChange: () => bell.ring() });
  let seen: { readonly atMs: number; readonly usage: Usage & Pick<Tidings, 'tasks'> } | undefined;
  const look = async (): Promise<Tidings> => {
    const now = clock.now();
    if (seen === undefined || now - seen.atMs >= LOOK_GAP_MS || now < seen.atMs) {
      const tasks = await options.meter.sample();
      seen = { atMs: now, usage: { ...(await options.facts.usage(link.dataRoot)), tasks } };
    }
    return { ...seen.usage, ...watch.findings() };
  };

  const hasMoved = (told: Tidings, now: Tidings): boolean =>
    isNews(told, now) || isUsageNews(told.tasks, now.tasks, specsOf(store));

  let plainUntilMs = 0;
  /** A refusal may be that of an older control plane, which knows no usages: a sign of life is worth more than they. */
  const send = async (told: Tidings): Promise<readonly Neighbour[]> => {
    if (clock.now() < plainUntilMs) return beat(options, plain(told));
    try {
      return await beat(options, told);
    } catch (error) {
      if (!(error instanceof ControlPlaneError) || error.status !== 400) throw error;
      log.warn('beat-refused', { error: messageOf(error) });
      plainUntilMs = clock.now() + PLAIN_MS;
      return beat(options, plain(told));
    }
  };

  const prompt = createAllowance(PROMPT_BEATS, BEAT_GAP_MS);

  /** At the link's pace, or as soon as there is news that may be told, which it resolves with. */
  const untilDue = async (told: Tidings, sentAtMs: number): Promise<Tidings | undefined> => {
    const gapMs = Math.min(BEAT_GAP_MS, link.beatMs);
    while (!signal.aborted) {
      const now = clock.now();
      const leftMs = sentAtMs + link.beatMs - now;
      // A wait longer than the pace means that the clock was set back: it is not waited for.
      if (leftMs <= 0 || leftMs > link.beatMs) return undefined;
      const turned = told.silent.join() !== watch.findings().silent.join();
      if (turned && prompt.take(now)) return undefined;
      const gapLeftMs = sentAtMs + gapMs - now;
      if (gapLeftMs <= 0) {
        const tidings = await look();
        if (hasMoved(told, tidings)) return tidings;
      }
      await bell.wait(Math.min(leftMs, gapLeftMs > 0 ? gapLeftMs : gapMs));
    }
    return undefined;
  };

  const run = async (): Promise<void> => {
    let news: Tidings | undefined;
    while (!signal.aborted) {
      try {
        const told = news ?? (await look());
        news = undefined;
        const sentAtMs = clock.now();
        watch.set(await send(told));
        backOff.over();
        news = await untilDue(told, sentAtMs);
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
export function isNews(told: Told, now: Told): boolean {
  const moved = (['cpuPercent', 'memoryPercent', 'diskPercent'] as const).some(
    (what) => Math.abs(told[what] - now[what]) >= USAGE_STEP,
  );
  return moved || told.silent.join() !== now.silent.join();
}

function plain({ load, tasks, ...rest }: Tidings): Told {
  return rest;
}

/** By task. */
function specsOf(store: Store): ReadonlyMap<string, ContainerSpec> {
  const { manifest } = store.get();
  return new Map(
    manifest?.assignments.flatMap(({ task, spec: key }) => {
      const spec = manifest.specs[key];
      return spec === undefined ? [] : [[task, spec] as const];
    }),
  );
}

/** Resolves with the neighbours to watch from now on. */
async function beat(options: BeatLoopOptions, tidings: Told): Promise<readonly Neighbour[]> {
  const { link, store } = options;
  const { tasks, ...rest } = tidings;
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
    ...rest,
    ...(tasks === undefined ? {} : { tasks: [...tasks] }),
    silent: [...rest.silent],
    answering: [...rest.answering],
    ...(aheadMs === 0 ? {} : { clockAheadMs: Math.round(aheadMs) }),
  });
  setPace(link, reply);
  options.onGeneration(reply.generation);
  return reply.neighbours;
}
