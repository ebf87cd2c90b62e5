/**
 * Looks again and again until there is an outcome, the time is up, or Ctrl-C.
 *
 * A control plane that does not answer for a while ends no wait: it is told, and asked again. Everything else that
 *   fails (no permission, a wrong endpoint) ends it at once.
 */
import { CliError } from '../cli-error.ts';
import { showDuration } from '../duration.ts';
import type { Progress, Row } from '../output/progress.ts';
import type { Session } from '../session.ts';

export interface Look<T> {
  /** Null: not yet. */
  readonly outcome: T | null;
  readonly rows: readonly Row[];
  /** Lines that stay, such as events since the last look. */
  readonly logs: readonly string[];
  readonly waitingFor: string;
}

export type Waited<T> =
  | { readonly kind: 'done'; readonly outcome: T }
  | { readonly kind: 'timeout'; readonly waitingFor: string }
  | { readonly kind: 'interrupted' };

export interface WaitOptions<T> {
  readonly timeoutMs: number;
  readonly progress: Progress;
  look(elapsedMs: number): Promise<Look<T>>;
}

/** One look a second: an answer takes the API about 60 ms, and a reader notices no sooner. */
const LOOK_EVERY_MS = 1000;

/** The longest that a timer of Node takes. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** A control plane that is away or busy for a while: worth asking again. */
export const isPassing = (error: unknown): error is CliError =>
  error instanceof CliError && PASSING.has(error.code);

const PASSING = new Set(['unreachable', 'not-berth', 'internal', 'busy']);

export async function waitFor<T>(session: Session, options: WaitOptions<T>): Promise<Waited<T>> {
  const { progress } = options;
  const kind = await session.interruptible((signal) => lookOn(session, signal, options));
  progress.end(kind.kind === 'done');
  return kind;
}

async function lookOn<T>(session: Session, stop: AbortSignal, options: WaitOptions<T>): Promise<Waited<T>> {
  const { timeoutMs, progress } = options;
  const startMs = session.nowMs();
  const over = AbortSignal.any([stop, AbortSignal.timeout(Math.min(timeoutMs, TIMEOUT_MAX_MS))]);
  let waitingFor = 'the first answer of the control plane';
  for (;;) {
    const look = await untilAborted(lookOnce(options, session.nowMs() - startMs), over);
    if (look === null) return stop.aborted ? { kind: 'interrupted' } : { kind: 'timeout', waitingFor };
    look.logs.forEach((line) => progress.log(line));
    progress.show(look.rows);
    if (look.outcome !== null) return { kind: 'done', outcome: look.outcome };
    waitingFor = look.waitingFor;
    await session.sleep(LOOK_EVERY_MS, over).catch(() => undefined);
  }
}

async function lookOnce<T>(options: WaitOptions<T>, elapsedMs: number): Promise<Look<T>> {
  try {
    return await options.look(elapsedMs);
  } catch (error) {
    if (!isPassing(error)) throw error;
    const ticking = `  ${showDuration(elapsedMs)}`;
    const row = {
      key: 'away',
      text: `the control plane does not answer: ${error.message}; asking again`,
      ticking,
    };
    return { outcome: null, rows: [row], logs: [], waitingFor: `the control plane: ${error.message}` };
  }
}

/** Null when `signal` comes first; the work then goes on unobserved. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const aborted = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  return await Promise.race([work, aborted]);
}
