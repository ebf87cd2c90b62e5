/**
 * Watches the neighbours that the control plane named: asks each every few seconds whether it is there, independently of
 * each other, so that one that hangs delays nobody.
 *
 * Out: `findings()`, and `onChange` when one falls silent or answers again. A host that another answers for (its address
 *   was given away) counts as silent. Fails: never.
 */
import type { Neighbour } from '../../contract/agent-protocol.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { NeighbourNet } from '../neighbours/neighbour-net.ts';

export interface Watch {
  /** From now on these; what is known of those that stay is kept. */
  set(neighbours: readonly Neighbour[]): void;
  findings(): { readonly silent: string[]; readonly answering: string[] };
}

export interface WatchOptions {
  readonly net: Pick<NeighbourNet, 'ask'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

/** Between two questions, give or take a fifth, so that watchers spread out. */
export const ASK_MS = 5000;
/** After a question without an answer: the next ones come sooner, and so many in a row make a host silent. */
export const ASK_AGAIN_MS = 2000;
export const MISSES_MAX = 3;

interface Watched extends Neighbour {
  readonly over: AbortController;
  /** Undefined until the first verdict. */
  isSilent: boolean | undefined;
}

export function createWatch(options: WatchOptions): Watch {
  const { clock, log, random } = options;
  let watched: Watched[] = [];

  const isThere = async ({ host, address }: Watched): Promise<boolean> => {
    try {
      const line = await options.net.ask(address);
      return line.split(' ')[0] === host;
    } catch {
      return false; // why does not matter: it is told once it has happened often enough
    }
  };

  const follow = async (one: Watched): Promise<void> => {
    const signal = AbortSignal.any([options.signal, one.over.signal]);
    await clock.sleep(random() * ASK_AGAIN_MS, signal);
    const isOver = (): boolean => signal.aborted;
    for (let misses = 0; !isOver();) {
      misses = (await isThere(one)) ? 0 : misses + 1;
      if (isOver()) return;
      const isSilent = misses === 0 ? false : misses >= MISSES_MAX ? true : one.isSilent;
      if (isSilent !== one.isSilent) {
        if (isSilent || one.isSilent)
          log.warn(isSilent ? 'neighbour-silent' : 'neighbour-back', {
            host: one.host,
            address: one.address,
          });
        one.isSilent = isSilent;
        options.onChange();
      }
      const hurried = misses > 0 && misses < MISSES_MAX;
      await clock.sleep(hurried ? ASK_AGAIN_MS : ASK_MS * (0.8 + 0.4 * random()), signal);
    }
  };

  return {
    set: (neighbours) => {
      const same = (one: Neighbour, other: Neighbour): boolean =>
        one.host === other.host && one.address === other.address;
      for (const one of watched) if (!neighbours.some((other) => same(one, other))) one.over.abort();
      watched = neighbours.map((one) => {
        const known = watched.find((other) => same(one, other));
        if (known !== undefined) return known;
        const fresh = { ...one, over: new AbortController(), isSilent: undefined };
        void follow(fresh);
        return fresh;
      });
    },
    findings: () => ({
      silent: watched.filter((one) => one.isSilent === true).map((one) => one.host),
      answering: watched.filter((one) => one.isSilent === false).map((one) => one.host),
    }),
  };
}
