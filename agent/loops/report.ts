/**
 * Reports what changed: at once, and again until the control plane has it.
 *
 * How long a change waits for company: bad news, and the last good news of a batch, hardly; good news while others are
 * still to come, and what nobody waits for (a start on its way, images, the manifest's generation), up to a second.
 * One report is under way at a time, so a burst of changes becomes few reports, each whole.
 * Fails: never; what could not be told is told with the next try, as it is by then.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AgentFailure, Report, TaskReport } from '../../contract/agent-protocol.ts';
import { createBell, type Clock } from '../clock.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { messageOf, type Log } from '../log.ts';
import { agentVersion } from '../version.ts';
import { createBackOff } from './back-off.ts';
import type { NamedLayers } from './images.ts';
import { nextSeq, type Link } from './link.ts';
import type { Store } from './store.ts';

/** What a report is made of, as it is now. */
export interface Findings {
  readonly dockerAnswers: boolean;
  readonly generation: number;
  readonly tasks: readonly TaskReport[];
  readonly images: readonly string[];
  /** Of our images. They go along with the next report, and are no reason for one. */
  readonly imageLayers?: readonly NamedLayers[] | undefined;
  /** Of the version of the agent that is asked for and does not run. */
  readonly agentFailure?: AgentFailure | undefined;
}

export interface ReportLoopOptions {
  readonly link: Link;
  readonly controlPlane: Pick<ControlPlane, 'report'>;
  /** The same object as long as they are the same. */
  readonly findings: () => Findings;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onGeneration: (generation: number) => void;
  /** The control plane took a report. */
  readonly onTaken: () => void;
}

export interface ReportLoop {
  run(): Promise<void>;
  /** The findings may have changed. */
  look(): void;
  /** The control plane answers again: a report that failed is tried at once. */
  backOnline(): void;
}

/**
 * Every report costs the control plane a pass of its loops. A host that starts 50 containers does it for some seconds:
 * one report a second then, and a replica is in DNS at most that second later.
 */
const WAIT_MS = { prompt: 20, batched: 1000, lazy: 1000 } as const;
const RETRY = { baseMs: 250, capMs: 10_000 };
/** The wire's bounds. */
const MOST = { tasks: 1000, images: 2000 } as const;

export function createReportLoop(options: ReportLoopOptions): ReportLoop {
  const { link, store, clock, log, signal } = options;
  const bell = createBell(clock, signal);
  const backOff = createBackOff(clock, options.random, signal);
  let told: Findings | undefined;
  let changedAtMs: number | undefined;
  /** An older control plane would refuse the whole report: it is told of layers once it has asked for them. */
  let takesLayers = false;

  const send = async (): Promise<void> => {
    const now = options.findings();
    const seq = nextSeq(store.get().reportSeq, clock.now());
    store.set({ reportSeq: seq });
    // What was told must not be forgotten by a crash; but a full disk is no reason to stop telling.
    await store.save().catch((error: unknown) => log.error('state-not-saved', { error: messageOf(error) }));
    const report: Report = {
      bootId: link.bootId,
      seq,
      agentVersion,
      generation: now.generation,
      dockerAnswers: now.dockerAnswers,
      tasks: now.tasks.slice(0, MOST.tasks),
      images: now.images.slice(0, MOST.images),
      ...(now.agentFailure === undefined ? {} : { agentFailure: now.agentFailure }),
      ...(takesLayers && now.imageLayers !== undefined
        ? { imageLayers: now.imageLayers.map(({ image, layers }) => ({ image, layers: [...layers] })) }
        : {}),
    };
    // Until it answers, nobody knows what the control plane holds: it is told again, even if all is as it was before.
    told = undefined;
    takesLayers = false;
    const reply = await options.controlPlane.report(link.host, report);
    told = now;
    takesLayers = reply.takesLayers === true;
    link.reportedSeq = seq;
    options.onTaken();
    options.onGeneration(reply.generation);
  };

  /** Milliseconds until the next report is due; undefined when there is nothing to tell. */
  const dueInMs = (): number | undefined => {
    const now = options.findings();
    const urgency = told === undefined ? 'prompt' : compare(told, now);
    if (urgency === 'same') {
      // From now on these are what a look compares by identity.
      told = now;
      changedAtMs = undefined;
      return undefined;
    }
    changedAtMs ??= clock.now();
    return changedAtMs + WAIT_MS[urgency] - clock.now();
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const due = dueInMs();
      if (due === undefined || due > 0) {
        await bell.wait(due);
        continue;
      }
      changedAtMs = undefined;
      try {
        await send();
        backOff.over();
      } catch (error) {
        log.warn('report-failed', { failures: backOff.failures + 1, error: messageOf(error) });
        await backOff.wait(RETRY);
      }
    }
  };

  const look = (): void => {
    if (told === undefined || options.findings() !== told) bell.ring();
  };

  return { run, look, backOnline: () => backOff.over() };
}

/** How much the difference matters, and to whom. */
export function compare(before: Findings, after: Findings): 'same' | keyof typeof WAIT_MS {
  if (before.dockerAnswers !== after.dockerAnswers) return 'prompt';
  if (!isDeepStrictEqual(before.agentFailure, after.agentFailure)) return 'prompt';
  const earlier = new Map(before.tasks.map((task) => [task.task, task]));
  const changed = after.tasks.filter((task) => !isDeepStrictEqual(earlier.get(task.task), task));
  const news = changed.filter((task) => !onItsWay(task));
  if (news.some((task) => !isGood(earlier.get(task.task), task))) return 'prompt';
  if (news.length > 0) return after.tasks.some(mayFollow) ? 'batched' : 'prompt';
  if (changed.length > 0 || before.tasks.length !== after.tasks.length) return 'lazy';
  if (before.generation !== after.generation) return 'lazy';
  return before.images.join() === after.images.join() ? 'same' : 'lazy';
}

const onItsWay = (task: TaskReport): boolean =>
  task.reason === undefined &&
  (task.phase === 'assigned' || task.phase === 'pulling' || task.phase === 'starting');

/** More good news is to be expected of it. */
const mayFollow = (task: TaskReport): boolean =>
  onItsWay(task) || (task.phase === 'running' && task.health === 'starting');

/** It came up, or came closer to it. One that recovered is missed in DNS and waits for nobody. */
const isGood = (before: TaskReport | undefined, after: TaskReport): boolean =>
  after.phase === 'running' &&
  after.health !== 'unhealthy' &&
  before?.health !== 'healthy' &&
  before?.health !== 'unhealthy';
