/**
 * Sees what Docker runs: the cluster's containers, kept current.
 *
 * Job: a full list every `relistMs`, after each break of the event stream, and when asked; in between, an event or a
 *   step that ended makes one container be looked at. Events only wake: what counts is what `inspect` says after them.
 * Out: `view()`, by task, and `onChange` after each look that showed something, else once a minute. While Docker does
 *   not answer the view stays as last seen, and says so.
 * Fails: never; a Docker that does not answer is asked again twice a second.
 */
import type { Clock } from '../clock.ts';
import { containerName, LABELS, noAnswer, type Container, type DockerEngine } from '../docker/engine.ts';
import { messageOf, type Log } from '../log.ts';
import { createContainerCache } from './container-cache.ts';

/** The same object as long as nothing else was seen. */
export interface View {
  /** False until the first list, and whenever Docker's last word is missing. */
  readonly answers: boolean;
  /** By task. */
  readonly containers: ReadonlyMap<string, Container>;
}

export interface Observer {
  run(signal: AbortSignal): Promise<void>;
  view(): View;
  /** Looks at one container; resolves when the view holds what it showed. Never rejects. */
  refresh(id: string): Promise<void>;
  /** Lists everything again. Never rejects. */
  relist(): Promise<void>;
}

export interface ObserverOptions {
  readonly engine: DockerEngine;
  readonly cluster: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly relistMs: number;
  readonly onChange: () => void;
}

const RETRY_MS = 500;
/** Looks that showed nothing new are told this often, so that whatever missed its time, as by a clock set back, is found. */
const SAME_MS = 60_000;

export function createObserver(options: ObserverOptions): Observer {
  const { engine, clock, log } = options;
  const cache = createContainerCache(engine);
  let answers = false;
  let listing: Promise<void> | undefined;
  let view: View = { answers, containers: new Map() };

  let seen: readonly Container[] | undefined;
  const tell = sparingly(clock, options.onChange);

  const publish = (): void => {
    const all = cache.values();
    const before = view;
    if (all !== seen) view = { answers, containers: byTask(all, options.cluster) };
    else if (answers !== view.answers) view = { ...view, answers };
    seen = all;
    tell(view !== before);
  };

  const silent = (error: unknown): void => {
    if (answers) log.error('docker-unavailable', { error: messageOf(error) });
    answers = false;
  };

  const list = async (): Promise<void> => {
    try {
      await cache.list(!answers); // after a silence anything may have happened
      if (!answers) log.info('docker-answers', { containers: cache.values().length });
      answers = true;
    } catch (error) {
      silent(error);
    }
    listing = undefined;
    publish();
  };

  const relist = (): Promise<void> => (listing ??= list());

  const refresh = async (id: string): Promise<void> => {
    try {
      await cache.look(id);
    } catch (error) {
      if (noAnswer(error)) silent(error);
      else log.warn('inspect-failed', { container: id, error: messageOf(error) });
    }
    publish();
  };

  /** A list that begins now, not one that is under way. */
  const relistAnew = (): Promise<void> => Promise.resolve(listing).then(relist);

  const follow = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      // What happened before the stream opened is found by the list that follows its opening.
      const events = engine.events(signal, () => void relistAnew());
      const error = await each(events, (event) => void refresh(event.id));
      if (signal.aborted) return;
      log.warn('events-ended', { error: messageOf(error) });
      answers = false;
      await relistAnew();
      await clock.sleep(RETRY_MS, signal);
    }
  };

  const repeat = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(answers ? options.relistMs : RETRY_MS, signal);
      if (signal.aborted) return;
      await relist();
    }
  };

  return {
    run: async (signal) => {
      await Promise.all([relist(), follow(signal), repeat(signal)]);
    },
    view: () => view,
    refresh,
    relist,
  };
}

/** News at once; that there are none once in SAME_MS. */
function sparingly(clock: Clock, tell: () => void): (isNews: boolean) => void {
  let toldMs = -Infinity;
  return (isNews) => {
    const sinceMs = clock.now() - toldMs;
    if (!isNews && sinceMs >= 0 && sinceMs < SAME_MS) return;
    toldMs = clock.now();
    tell();
  };
}

function byTask(containers: readonly Container[], cluster: string): ReadonlyMap<string, Container> {
  const ours = containers.filter((container) => isOurs(container, cluster));
  return new Map(ours.map((each) => [each.labels[LABELS.task] ?? '', each]));
}

/** Berth's own: the cluster's label, and the name that Berth gives. A copied label alone makes no container ours. */
function isOurs(container: Container, cluster: string): boolean {
  const task = container.labels[LABELS.task];
  return (
    container.labels[LABELS.cluster] === cluster &&
    task !== undefined &&
    container.name === containerName(task)
  );
}

/** Hands out the items until they end; resolves with the reason when they break off. */
async function each<T>(items: AsyncIterable<T>, use: (item: T) => void): Promise<unknown> {
  try {
    for await (const item of items) use(item);
    return new Error('the stream ended');
  } catch (error) {
    return error;
  }
}
