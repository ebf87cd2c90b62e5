/**
 * Holds the doorbell: one socket to the control plane, over which it says that there is a newer manifest.
 *
 * A socket counts as alive while it is proven: the control plane answered on it that this host's rings go to it. It is
 * proven when it opens, every few minutes (which also keeps it from being closed as idle), and when a newer manifest
 * came by another way. Before API Gateway's end of life for sockets comes, a second one is opened and proven, and only
 * then the first is closed.
 *
 * Out: `link.socketAlive`; `onRing`, `onSocket`. What comes over the socket is believed so far that the manifest is
 *   asked for, over the signed way, and no further.
 * Fails: never; without a socket the manifest loop polls at its usual pace.
 */
import type { Hello } from '../../contract/doorbell-protocol.ts';
import { createBell, jitteredDelayMs, type Clock } from '../clock.ts';
import { readMessage } from '../control-plane/doorbell-messages.ts';
import type { OpenSocket } from '../control-plane/socket.ts';
import { messageOf, type Log } from '../log.ts';
import type { Link } from './link.ts';

export interface DoorbellLoopOptions {
  readonly link: Link;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onRing: (generation: number) => void;
  /** `link.socketAlive` changed. */
  readonly onSocket: () => void;
}

export interface DoorbellLoop {
  run(): Promise<void>;
  /** A newer manifest came by another way than the doorbell: perhaps the socket is deaf. */
  doubt(): void;
}

/** Full jitter: however many agents lost their sockets at once, they do not come back at once. */
export const RETRY = { baseMs: 250, capMs: 120_000 } as const;
/** Between proofs. API Gateway closes a socket on which nothing was said for 10 min. */
export const KEEP_ALIVE_MS = { least: 240_000, most: 480_000 } as const;
/** Age at which a socket is replaced. API Gateway ends it at 2 h. */
export const REPLACE_MS = { least: 95 * 60_000, most: 115 * 60_000 } as const;
/** More than a cold start of the function that answers. */
export const ANSWER_MS = 10_000;
/** A socket that lasted so long was a good one: the next failure begins a new count. */
const STEADY_MS = 60_000;
/** Between proofs out of doubt. */
const DOUBT_MS = 15_000;

/** A socket that was proven. `ended` resolves with why it is none any more; not after `close`. */
interface Line {
  readonly ended: Promise<string>;
  doubt(): void;
  close(): void;
}

export function createDoorbellLoop(options: DoorbellLoopOptions): DoorbellLoop {
  const { link, clock, log, signal } = options;
  let current: Line | undefined;

  const hold = (line: Line): void => {
    current = line;
    link.socketAlive = true;
    options.onSocket();
    void line.ended.then((why) => {
      if (current !== line) return; // replaced as planned, or stopped
      current = undefined;
      link.socketAlive = false;
      log.warn('socket-lost', { why });
      options.onSocket();
    });
  };

  /** Opens a socket, in the place of the one there is, and waits. True: it is time to replace it. */
  const holdAnother = async (): Promise<boolean> => {
    const line = await openLine(options);
    const before = current;
    hold(line);
    before?.close();
    log.info(before === undefined ? 'socket-open' : 'socket-replaced', {});
    return endsByPlan(line, options);
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      const beganMs = clock.now();
      try {
        const planned = await holdAnother();
        if (clock.now() - beganMs >= STEADY_MS) failures = 0;
        if (planned) continue;
      } catch (error) {
        log.warn('no-socket', { failures: failures + 1, error: messageOf(error) });
        current?.doubt(); // the one that failed may have taken its place at the control plane
      }
      await clock.sleep(jitteredDelayMs(++failures, RETRY, options.random), signal);
    }
    current?.close();
    current = undefined;
    link.socketAlive = false;
  };

  return { run, doubt: () => current?.doubt() };
}

/** Resolves with true when the line is old enough to be replaced or the agent stops, with false when it ended before. */
async function endsByPlan(line: Line, { clock, random, signal }: DoorbellLoopOptions): Promise<boolean> {
  const over = new AbortController();
  const old = clock.sleep(between(REPLACE_MS, random), AbortSignal.any([signal, over.signal]));
  const planned = await Promise.race([line.ended.then(() => false), old.then(() => true)]);
  over.abort();
  return planned;
}

/** Opens and proves a socket, and goes on proving it. @throws when that does not succeed */
async function openLine(options: DoorbellLoopOptions): Promise<Line> {
  const { clock, signal } = options;
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<string>();
  const end = (why: string): void => {
    over.abort();
    tellEnd(why);
  };
  const unasked = (): void => undefined;
  let onReply: (known: boolean) => void = unasked;
  const replied = createBell(clock, stop);
  const socket = await options.openSocket(options.link.host, {
    onText: (text) => {
      const message = readMessage(text);
      if (message.kind === 'ring') options.onRing(message.generation);
      else if (message.kind === 'hello-reply') onReply(message.known);
    },
    onEnd: end,
  });

  /** Resolves with what is wrong, or undefined. */
  const prove = async (): Promise<string | undefined> => {
    let known: boolean | undefined;
    onReply = (value) => {
      known = value;
      onReply = unasked;
      replied.ring();
    };
    socket.send(JSON.stringify({ host: options.link.host } satisfies Hello));
    await replied.wait(ANSWER_MS);
    onReply = unasked;
    if (known === true) return undefined;
    return known === false ? 'rings of this host go elsewhere' : `no answer within ${ANSWER_MS} ms`;
  };

  const fault = await prove();
  if (fault !== undefined) {
    socket.close();
    throw new Error(over.signal.aborted ? await ended : fault);
  }
  const doubts = createBell(clock, stop);
  let provenMs = clock.now();
  const keepProving = async (): Promise<void> => {
    for (;;) {
      await doubts.wait(between(KEEP_ALIVE_MS, options.random));
      const wrong = stop.aborted ? undefined : await prove();
      if (stop.aborted) return;
      provenMs = clock.now();
      if (wrong === undefined) continue;
      socket.close();
      end(wrong);
      return;
    }
  };
  void keepProving();
  return {
    ended,
    doubt: () => {
      if (clock.now() - provenMs >= DOUBT_MS) doubts.ring();
    },
    close: () => {
      over.abort();
      socket.close();
    },
  };
}

const between = ({ least, most }: { least: number; most: number }, random: () => number): number =>
  least + random() * (most - least);
