/** The ports of health, scripted: probes that answer as told, and sockets on which a test speaks for a replica. */
import type { Clock } from '../../agent/clock.ts';
import type { ProbeRunner, ProbeTarget } from '../../agent/probes/probe-runner.ts';
import type { ProbeOutcome } from '../../agent/probes/probe-state.ts';
import type { OnWord, SignalSockets } from '../../agent/signals/signal-sockets.ts';
import type { Saying } from '../../agent/signals/words.ts';

export interface FakeProbes {
  readonly run: ProbeRunner;
  /** From now on a probe (`TASK readiness`) answers so, after so long; `hangs`: never before its deadline. */
  answer(key: string, outcome: ProbeOutcome | 'hangs', afterMs?: number): void;
  /** What was asked, in order, with the time of its beginning. */
  readonly asked: { readonly key: string; readonly target: ProbeTarget; readonly atMs: number }[];
  /** Most at once so far. */
  mostAtOnce(): number;
}

/** Unless told, every probe passes after a millisecond. */
export function fakeProbes(clock: Clock): FakeProbes {
  const answers = new Map<string, { outcome: ProbeOutcome | 'hangs'; afterMs: number }>();
  const asked: FakeProbes['asked'] = [];
  let now = 0;
  let most = 0;
  return {
    asked,
    mostAtOnce: () => most,
    answer: (key, outcome, afterMs = 1) => answers.set(key, { outcome, afterMs }),
    run: async (key, target, timeoutMs) => {
      asked.push({ key, target, atMs: clock.now() });
      most = Math.max(most, ++now);
      const { outcome, afterMs } = answers.get(key) ?? { outcome: { kind: 'passed' } as const, afterMs: 1 };
      const late = outcome === 'hangs' || afterMs > timeoutMs;
      await clock.sleep(late ? timeoutMs : afterMs);
      now--;
      return late ? { kind: 'failed', message: `no answer within ${timeoutMs} ms` } : outcome;
    },
  };
}

export interface FakeSignals extends SignalSockets {
  /** A replica says something; resolves with the answer on its socket. */
  say(task: string, said: Saying): Promise<'ok' | 'error' | 'no socket'>;
  /** Tasks with a socket now. */
  tasks(): string[];
}

export function fakeSignals(): FakeSignals {
  const desks = new Map<string, OnWord>();
  return {
    open: (task, onWord) => {
      desks.set(task, onWord);
      return Promise.resolve(`/signals/${task}`);
    },
    cut: () => undefined,
    keep: (tasks) => {
      for (const task of desks.keys()) if (!tasks.has(task)) desks.delete(task);
      return Promise.resolve();
    },
    tasks: () => [...desks.keys()],
    say: async (task, said) => {
      const onWord = desks.get(task);
      if (onWord === undefined) return 'no socket';
      return onWord(said).then(
        () => 'ok',
        () => 'error',
      );
    },
  };
}
