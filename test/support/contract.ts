/**
 * One suite of cases per port, run over every implementation of it. At the end the counts of cases that passed stand side
 * by side, and a difference fails: an implementation that ran fewer cases has not shown that it is the same thing.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

export interface Implementation<Subject> {
  readonly name: string;
  /** Starts what all cases share (an emulator); each case gets a subject of its own. */
  readonly open: () => Promise<Opened<Subject>>;
}

export interface Opened<Subject> {
  fresh(): Promise<Subject>;
  close(): Promise<void>;
}

export type Case<Subject> = readonly [name: string, run: (subject: Subject) => Promise<void>];

const OPEN_TIMEOUT_MS = 60_000;
const CASE_TIMEOUT_MS = 30_000;

export const contractSuite = <Subject>(
  port: string,
  implementations: readonly Implementation<Subject>[],
  cases: readonly Case<Subject>[],
): void => {
  const passed = new Map<string, number>();
  describe(port, () => {
    for (const { name, open } of implementations)
      describe(name, () => {
        let opened: Opened<Subject> | undefined;
        beforeAll(async () => {
          opened = await open();
        }, OPEN_TIMEOUT_MS);
        afterAll(() => opened?.close(), OPEN_TIMEOUT_MS);
        it.each(cases)(
          '%s',
          async (_, run) => {
            await run(await opened!.fresh());
            passed.set(name, (passed.get(name) ?? 0) + 1);
          },
          CASE_TIMEOUT_MS,
        );
      });
    it('ran the same cases over each implementation', () => {
      const counts = implementations.map(({ name }) => passed.get(name) ?? 0);
      const line = implementations.map(({ name }, index) => `${name} ${counts[index] ?? 0}`).join(' | ');
      process.stdout.write(`contract ${port}: ${line} of ${cases.length}\n`);
      expect(new Set(counts).size).toBe(1);
    });
  });
};

/** An implementation that needs nothing started. */
export const inProcess = <Subject>(name: string, make: () => Subject): Implementation<Subject> => ({
  name,
  open: () => Promise.resolve({ fresh: () => Promise.resolve(make()), close: () => Promise.resolve() }),
});

/** `ok` or the error's name of each, sorted: who of several racing writers won does not matter, how many did does. */
export const outcomes = async (racing: readonly Promise<unknown>[]): Promise<readonly string[]> => {
  const results = await Promise.allSettled(racing);
  return results
    .map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as Error).name))
    .sort();
};
