/**
 * Lambda, played: each function has sandboxes, and each sandbox holds a use-case over ports that can be taken away. An
 * invocation may be killed at any of its port calls: what was under way happens or not, and its answer reaches nobody.
 * A killed sandbox is thrown away with all it remembered, as Lambda does; a sandbox that failed lives on.
 */
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { FunctionName, Kill, Mood } from './mood.ts';

/** One invocation at a time lives in a sandbox. */
export interface Life {
  alive: boolean;
  calls: number;
  kill: Kill | undefined;
  /** Hops of what woke this invocation. */
  hop: number;
  end: () => void;
}

export type Ended<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'killed' };

export interface LambdaFunction<Input, Output> {
  readonly name: FunctionName;
  invoke(input: Input, hop?: number): Promise<Ended<Output>>;
}

export interface LambdaOptions {
  readonly scheduler: Scheduler;
  readonly mood: Mood;
  readonly random: Random;
  readonly onKill: (name: FunctionName, call: number, when: string) => void;
  readonly throttled: () => Error;
  readonly answerLost: () => Error;
}

/** The functions' timeout (infra/constructs/queues.ts). */
export const TIMEOUT_MS = 60_000;
/** Loops take their time; the others end at once unless they are disturbed. */
const LONG_RUNNING: ReadonlySet<FunctionName> = new Set(['reconcile', 'register', 'provision']);

export type Fragile = <Port extends object>(port: Port) => Port;

export function createFunction<Input, Output>(
  name: FunctionName,
  build: (fragile: Fragile, life: Life) => (input: Input) => Promise<Output>,
  options: LambdaOptions,
): LambdaFunction<Input, Output> {
  const { scheduler, mood } = options;
  const idle: { life: Life; run: (input: Input) => Promise<Output> }[] = [];
  const open = () => {
    const life: Life = { alive: true, calls: 0, kill: undefined, hop: 0, end: () => undefined };
    return { life, run: build((port) => fragile(port, name, life, options), life) };
  };
  return {
    name,
    invoke: (input, hop = 0) => {
      if (mood.controlPlaneDown) return Promise.resolve({ kind: 'killed' });
      const sandbox = idle.pop() ?? open();
      const { life } = sandbox;
      life.calls = 0;
      life.hop = hop;
      life.kill = mood.kills.get(name)?.shift();
      return new Promise((resolve) => {
        const isLong = LONG_RUNNING.has(name) || life.kill !== undefined || mood.disturbed();
        const timer = isLong ? scheduler.in(TIMEOUT_MS, () => life.end()) : undefined;
        life.end = () => {
          life.alive = false;
          if (timer) timer.cancelled = true;
          resolve({ kind: 'killed' });
        };
        const over = (ended: Ended<Output>): void => {
          if (!life.alive) return;
          if (timer) timer.cancelled = true;
          idle.push(sandbox);
          resolve(ended);
        };
        sandbox.run(input).then(
          (value) => over({ kind: 'done', value }),
          (error: unknown) => over({ kind: 'failed', error }),
        );
      });
    },
  };
}

/** Never comes. A new one each time: reactions on a shared promise would pile up. */
const forever = (): Promise<never> => new Promise(() => undefined);

function fragile<Port extends object>(
  port: Port,
  name: FunctionName,
  life: Life,
  options: LambdaOptions,
): Port {
  const { mood, random, scheduler } = options;
  const isAlive = (): boolean => life.alive;
  const disturbed = async (call: () => unknown, number: number): Promise<unknown> => {
    const kill = life.kill?.call === number ? life.kill.when : undefined;
    if (kill === 'before') return killed(number, kill);
    const slowMs = mood.slow.get(name);
    if (slowMs !== undefined) await scheduler.sleep(random.between(1, slowMs));
    if (!isAlive()) return forever();
    if (random.chance(mood.portThrottled)) throw options.throttled();
    const result = await call();
    if (kill === 'after') return killed(number, kill);
    if (slowMs !== undefined) await scheduler.sleep(random.between(1, slowMs));
    if (!isAlive()) return forever();
    if (random.chance(mood.portAnswerLost)) throw options.answerLost();
    return result;
  };
  const killed = (number: number, when: string): Promise<never> => {
    if (life.alive) {
      options.onKill(name, number, when);
      life.end();
    }
    return forever();
  };
  const wrapped = Object.entries(port).map(([key, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [key, member];
    const method = member as (...values: unknown[]) => unknown;
    return [
      key,
      (...values: unknown[]): unknown => {
        if (!life.alive) return forever();
        life.calls += 1;
        if (life.kill === undefined && !mood.disturbed()) return method(...values);
        return disturbed(() => method(...values), life.calls);
      },
    ];
  });
  return Object.fromEntries(wrapped) as Port;
}
