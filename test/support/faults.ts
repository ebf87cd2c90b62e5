/**
 * Makes any port fail on demand. `withFaults<Port>(methods)` is the port itself plus `faults`; the methods of an in-memory
 * twin are plain synchronous ones, and become asynchronous here.
 *
 * - `failNext`: the next call of that method fails and has no effect (conflict, throttling, no answer);
 * - `loseReplyOf`: the next call takes effect, and then fails: the answer was lost on the way;
 * - `beforeNext`: something happens right before the next call takes effect: a writer that was faster;
 * - `calls`: how often each method was called.
 *
 * Strict: a method that the port does not have is refused. What was armed and never used is a mistake of the test, which
 * `assertUsed` finds.
 */
type Method<Port> = Extract<keyof Port, string>;

export interface Faults<Port> {
  failNext(method: Method<Port>, error: Error, times?: number): void;
  loseReplyOf(method: Method<Port>, error: Error): void;
  beforeNext(method: Method<Port>, hook: () => Promise<void> | void): void;
  calls(method: Method<Port>): number;
  assertUsed(): void;
}

/** A port whose methods may also answer at once. */
export type MaybeAsync<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...values: infer Values) => Promise<infer Result>
    ? (...values: Values) => Result | Promise<Result>
    : Port[Name];
};

interface Armed {
  readonly method: string;
  readonly before?: () => Promise<void> | void;
  readonly after?: Error;
}

type AnyMethod = (...values: readonly unknown[]) => unknown;

export const withFaults = <Port extends object>(
  port: MaybeAsync<Port>,
): Port & { readonly faults: Faults<Port> } => {
  const armed: Armed[] = [];
  const counts = new Map<string, number>();
  const arm = (entry: Armed, times = 1): void => {
    if (typeof (port as Record<string, unknown>)[entry.method] !== 'function')
      throw new Error(`this port has no method ${entry.method}`);
    for (let time = 0; time < times; time += 1) armed.push(entry);
  };
  const take = (method: string): Armed | undefined => {
    const index = armed.findIndex((entry) => entry.method === method);
    return index < 0 ? undefined : armed.splice(index, 1)[0];
  };
  const faults: Faults<Port> = {
    failNext: (method, error, times) =>
      arm(
        {
          method,
          before: () => {
            throw error;
          },
        },
        times,
      ),
    loseReplyOf: (method, error) => arm({ method, after: error }),
    beforeNext: (method, hook) => arm({ method, before: hook }),
    calls: (method) => counts.get(method) ?? 0,
    assertUsed: () => {
      if (armed.length > 0)
        throw new Error(`armed but never called: ${armed.map((entry) => entry.method).join(', ')}`);
    },
  };
  const wrapped = Object.entries(port as Record<string, unknown>).map(([method, original]) => {
    if (typeof original !== 'function') return [method, original];
    const call = async (...values: readonly unknown[]): Promise<unknown> => {
      counts.set(method, (counts.get(method) ?? 0) + 1);
      if (armed.length === 0) return (original as AnyMethod)(...values);
      const entry = take(method);
      await entry?.before?.();
      const result: unknown = await (original as AnyMethod)(...values);
      if (entry?.after) throw entry.after;
      return result;
    };
    return [method, call];
  });
  return Object.assign(Object.fromEntries(wrapped) as Port, { faults });
};
