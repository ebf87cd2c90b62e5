/** Holds a program before one of its calls of the outside: the n-th, whichever port it is of. */
export interface Stop {
  /** The same port; its methods resolve to what they did. */
  readonly over: <T extends object>(port: T, name: string) => T;
  /** Resolves when the call is held. */
  readonly held: Promise<unknown>;
  resume(): void;
  /** All calls so far, `store.load`. */
  readonly calls: readonly string[];
}

/** @param at which call, from 1 */
export function stopBefore(at: number): Stop {
  const held = Promise.withResolvers<undefined>();
  const resumed = Promise.withResolvers<undefined>();
  const calls: string[] = [];
  const pass = async (name: string): Promise<void> => {
    calls.push(name);
    if (calls.length !== at) return;
    held.resolve(undefined);
    await resumed.promise;
  };
  return {
    over: (port, name) =>
      new Proxy(port, {
        get: (target, method, self) => {
          const value: unknown = Reflect.get(target, method, self);
          if (typeof value !== 'function') return value;
          const call = value as (...args: unknown[]) => unknown;
          return async (...args: unknown[]) => {
            await pass(`${name}.${String(method)}`);
            return call.apply(target, args);
          };
        },
        apply: async (target, self, args: unknown[]) => {
          await pass(name);
          return Reflect.apply(target as (...args: unknown[]) => unknown, self, args);
        },
      }),
    held: held.promise,
    resume: () => resumed.resolve(undefined),
    calls,
  };
}
